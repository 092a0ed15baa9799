import { crdsOf } from "../../api/index.js";
import { lineKinds } from "../../api/lines.js";
import type { KubernetesObject } from "../../core.js";
import { ApiError } from "../../lab/api-client.js";
import { startApiServer } from "../cluster/api-server.js";

/** An API server with the definitions of one Flux line. */
export interface KindServer {
  /** Why the server refuses an object, every field checked strictly; undefined when it takes it. */
  refusal(object: KubernetesObject): Promise<string | undefined>;
  stop(): Promise<void>;
}

/** Starts an API server that knows exactly what `crdsOf` says about a line. */
export async function startKindServer(line: string): Promise<KindServer> {
  const server = await startApiServer(crdsOf(line));
  await server.other.create("/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "apps" },
  });
  return {
    refusal: async (object) => {
      const { namespace = "default" } = object.metadata;
      const plural = lineKinds(line)[object.kind]?.names.plural ?? "unknown";
      const collection = `/apis/${object.apiVersion}/namespaces/${namespace}/${plural}`;
      try {
        await server.other.create(`${collection}?dryRun=All&fieldValidation=Strict`, object);
        return undefined;
      } catch (error) {
        // Anything but a verdict on the object is a fault of the test.
        if (error instanceof ApiError && [400, 404, 422].includes(error.status)) {
          return error.message;
        }
        throw error;
      }
    },
    stop: () => server.stop(),
  };
}

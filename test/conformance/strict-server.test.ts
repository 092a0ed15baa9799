import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { loadInstallManifests, renderFleet } from "../../core.js";
import type { KubernetesObject } from "../../core.js";
import { installManifestPath, partVersion } from "../../lab/parts/index.js";
import { startApiServer, type ApiServer } from "../cluster/api-server.js";
import { wholeFleet } from "../fixtures/fleets.js";

const version = partVersion("flux");

let server: ApiServer;
before(async () => {
  server = await startApiServer();
});
after(async () => {
  await server.stop();
});

interface Resources {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
  }[];
}

/** Where objects of this kind are created. */
async function collection({ apiVersion, kind, metadata }: KubernetesObject): Promise<string> {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = await server.other.get<Resources>(root);
  const found = resources.find((one) => one.kind === kind && !one.name.includes("/"));
  assert.ok(found, `${apiVersion} ${kind} is not served`);
  return found.namespaced
    ? `${root}/namespaces/${metadata.namespace ?? ""}/${found.name}`
    : `${root}/${found.name}`;
}

async function create(object: KubernetesObject, dryRun: boolean): Promise<void> {
  const query = `fieldValidation=Strict${dryRun ? "&dryRun=All" : ""}`;
  await server.other.create(`${await collection(object)}?${query}`, object);
}

it("accepts every rendered object when it checks fields strictly", async () => {
  const file = installManifestPath(version);
  const installManifests = await loadInstallManifests([version], { file });
  const declaration = { ...wholeFleet(), flux: { version } };
  const { manifests } = renderFleet("acme", declaration, { installManifests });
  // The server has these since it started.
  const objects = manifests
    .map(({ object }) => object)
    .filter(({ kind }) => kind !== "CustomResourceDefinition");
  const isNamespace = ({ kind }: KubernetesObject): boolean => kind === "Namespace";
  const namespaces = new Map(
    objects.filter(isNamespace).map((object) => [object.metadata.name, object]),
  );
  for (const namespace of namespaces.values()) await create(namespace, false);
  const others = objects.filter((object) => !isNamespace(object));
  assert.ok(others.length > 40, `only ${others.length} objects`);
  for (const object of others) await create(object, true);
});

it("refuses a field that does not exist, so that the check above means something", async () => {
  const object = {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    metadata: { name: "typo", namespace: "default" },
    spec: { interval: "1m", prune: true, sourceRef: { kind: "GitRepository", name: "a" }, typo: 1 },
  };
  await assert.rejects(create(object, true), /unknown field "spec\.typo"/);
});

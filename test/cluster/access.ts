import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { clusterClient, type ClusterClientOptions } from "../../cluster/index.js";
import { FleetError } from "../../errors.js";
import type { ApiServer } from "./api-server.js";

const fluxGroups = ["kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io"];

/** How a kubeconfig leads to an API server. */
export interface Way {
  readonly server: string;
  readonly ca: string;
  readonly user: object;
}

/** A kubeconfig with any kind of user. */
export function kubeconfigOf({ server, ca, user }: Way): string {
  const caData = Buffer.from(ca).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "a",
    contexts: [{ name: "a", context: { cluster: "b", user: "c" } }],
    clusters: [{ name: "b", cluster: { server, "certificate-authority-data": caData } }],
    users: [{ name: "c", user }],
  });
}

/** The error of a request with this kubeconfig; it names the cluster and carries no cause. */
export async function refusal(
  text: string,
  options: ClusterClientOptions = {},
): Promise<FleetError> {
  const client = clusterClient(text, { name: "eu", ...options });
  try {
    await client.list({ apiVersion: "v1", kind: "Namespace" });
  } catch (error) {
    assert.ok(FleetError.is(error), String(error));
    assert.equal(error.cause, undefined);
    assert.match(error.message, /^Cluster "eu"/);
    return error;
  } finally {
    client.close();
  }
  return assert.fail("the request succeeded");
}

/** A ServiceAccount that may read Namespaces and Flux objects, and how to get tokens for it that end with a Secret. */
export async function reader(
  api: ApiServer,
  name: string,
): Promise<(secret: string) => Promise<string>> {
  const rbac = { apiGroup: "rbac.authorization.k8s.io" };
  const root = "/apis/rbac.authorization.k8s.io/v1";
  await api.other.create("/api/v1/namespaces/default/serviceaccounts", { metadata: { name } });
  await api.other.create(`${root}/clusterroles`, {
    metadata: { name },
    rules: [
      { apiGroups: [""], resources: ["namespaces"], verbs: ["get", "list"] },
      { apiGroups: fluxGroups, resources: ["*"], verbs: ["get", "list"] },
    ],
  });
  await api.other.create(`${root}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { ...rbac, kind: "ClusterRole", name },
    subjects: [{ kind: "ServiceAccount", name, namespace: "default" }],
  });
  await untilAllowed(api, `system:serviceaccount:default:${name}`);
  return async (secret) => {
    await api.other.create("/api/v1/namespaces/default/secrets", { metadata: { name: secret } });
    const answer = await api.other.create<{ status: { token: string } }>(
      `/api/v1/namespaces/default/serviceaccounts/${name}/token`,
      { spec: { boundObjectRef: { apiVersion: "v1", kind: "Secret", name: secret } } },
    );
    return answer.status.token;
  };
}

/** Waits until the API server's authorizer knows a new binding: its own cache follows what is stored. */
async function untilAllowed(api: ApiServer, user: string): Promise<void> {
  const resources = [
    { resource: "namespaces", verb: "list" },
    { group: "kustomize.toolkit.fluxcd.io", resource: "kustomizations", verb: "list" },
  ];
  for (const resourceAttributes of resources) {
    for (let attempt = 0; ; attempt++) {
      const review = await api.other.create<{ status: { allowed: boolean } }>(
        "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SubjectAccessReview",
          spec: { user, resourceAttributes },
        },
      );
      if (review.status.allowed) break;
      assert.ok(
        attempt < 200,
        `${user} was never allowed to ${JSON.stringify(resourceAttributes)}`,
      );
      await sleep(50);
    }
  }
}

/** What the API servers say. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiObject, LabCluster } from "../../../lab/index.js";

const kustomize = "/apis/kustomize.toolkit.fluxcd.io/v1";
const source = "/apis/source.toolkit.fluxcd.io/v1";
const helm = "/apis/helm.toolkit.fluxcd.io/v2";
const image = "/apis/image.toolkit.fluxcd.io/v1";
const rbac = "/apis/rbac.authorization.k8s.io/v1";

/** A condition of an object's status. */
export interface LiveCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** An object with the fields that tests look at. */
export interface LiveObject extends ApiObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly conditions?: readonly LiveCondition[];
    readonly lastAppliedRevision?: string;
    readonly lastHandledReconcileAt?: string;
  };
  readonly roleRef?: unknown;
}

/** API path of an object, from `Kind namespace/name` or `Kind name`. */
export function pathOf(text: string): string {
  const [kind = "", key = ""] = text.split(" ");
  const [namespace = "", name = ""] = key.includes("/") ? key.split("/") : ["", key];
  const within = `namespaces/${namespace}`;
  switch (kind) {
    case "Namespace":
      return `/api/v1/namespaces/${name}`;
    case "Secret":
    case "ConfigMap":
    case "Service":
    case "ServiceAccount":
      return `/api/v1/${within}/${kind.toLowerCase()}s/${name}`;
    case "Deployment":
      return `/apis/apps/v1/${within}/deployments/${name}`;
    case "Role":
    case "RoleBinding":
      return `${rbac}/${within}/${kind.toLowerCase()}s/${name}`;
    case "Kustomization":
      return `${kustomize}/${within}/kustomizations/${name}`;
    case "HelmRelease":
      return `${helm}/${within}/helmreleases/${name}`;
    case "ImagePolicy":
      return `${image}/${within}/imagepolicies/${name}`;
    case "ImageRepository":
      return `${image}/${within}/imagerepositories/${name}`;
    case "ImageUpdateAutomation":
      return `${image}/${within}/imageupdateautomations/${name}`;
    case "Receiver":
      return `/apis/notification.toolkit.fluxcd.io/v1/${within}/receivers/${name}`;
    case "Ingress":
      return `/apis/networking.k8s.io/v1/${within}/ingresses/${name}`;
    case "GitRepository":
      return `${source}/${within}/gitrepositories/${name}`;
    default:
      throw new Error(`no path is known for "${text}"`);
  }
}

/** Reads an object, for example `Kustomization flux-system/flux-system`; undefined when there is none. */
export async function find({ api }: LabCluster, text: string): Promise<LiveObject | undefined> {
  return api.find<LiveObject>(pathOf(text));
}

/** Reads an object that must exist. */
export async function read(cluster: LabCluster, text: string): Promise<LiveObject> {
  const found = await find(cluster, text);
  assert.ok(found, `${cluster.name} has no ${text}`);
  return found;
}

/** A condition of an object; undefined while nobody has written it. */
export function condition(object: LiveObject | undefined, type: string): LiveCondition | undefined {
  return object?.status?.conditions?.find((one) => one.type === type);
}

/** The commit a Kustomization has applied; undefined before the first. */
export function applied(object: LiveObject | undefined): string | undefined {
  return object?.status?.lastAppliedRevision?.split(":")[1];
}

/**
 * Asserts that a cluster's Kustomizations have applied one commit and are Ready. One that is just being
 * applied again is waited for; one that has not applied the commit, or failed, is not.
 */
export async function assertAt(
  cluster: LabCluster,
  commit: string,
  ...kustomizations: readonly string[]
): Promise<void> {
  for (const name of kustomizations) {
    const ready = await until(`${cluster.name} ${name} is reconciled`, async () => {
      const object = await read(cluster, `Kustomization ${name}`);
      const found = condition(object, "Ready");
      if (applied(object) === commit && found?.status === "Unknown") return undefined;
      return { commit: applied(object), status: found?.status };
    });
    assert.deepEqual(ready, { commit, status: "True" }, `${cluster.name} ${name}`);
  }
}

/** Asserts that the workload of a tenant runs. */
export async function assertRuns(cluster: LabCluster, namespace: string): Promise<void> {
  const deployment = await read(cluster, `Deployment ${namespace}/web`);
  assert.equal(condition(deployment, "Available")?.status, "True", `${cluster.name} ${namespace}`);
}

/** A value of Secret or ConfigMap data as text. */
export function text(object: LiveObject | undefined, key: string): string {
  const value = object?.data?.[key] ?? "";
  return object?.kind === "Secret" ? Buffer.from(value, "base64").toString("utf8") : value;
}

/** Waits until the authorizer of an API server knows new rights: it learns them a moment after they are stored. */
export async function untilAllowed(
  { api }: LabCluster,
  user: string,
  resourceAttributes: Readonly<Record<string, string>>,
): Promise<void> {
  await until(`${user} may ${JSON.stringify(resourceAttributes)}`, async () => {
    const { status } = await api.create<{ readonly status: { readonly allowed: boolean } }>(
      "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      { spec: { user, resourceAttributes } },
    );
    return status.allowed;
  });
}

/** Asks Flux to look at a source or Kustomization now. */
export async function nudge({ api }: LabCluster, object: string): Promise<void> {
  const now = String(process.hrtime.bigint());
  await api.patch(pathOf(object), {
    metadata: { annotations: { "reconcile.fluxcd.io/requestedAt": now } },
  });
}

/** Polls until the look gives something. @throws Error naming `what` after `seconds`, with the last error */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  seconds = 240,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    let problem: unknown;
    const seen = await look().catch((error: unknown) => {
      problem = error;
      return undefined;
    });
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) {
      throw new Error(`after ${seconds} s still not true: ${what}`, { cause: problem });
    }
    await sleep(200);
  }
}

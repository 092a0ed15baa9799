import type { CallOptions, ClusterClient } from "./client.js";
import { fluxKinds, requestedAt, type FluxKind } from "./flux-objects.js";
import { hasCode } from "./problems.js";

/**
 * The name under which this package writes fields. It must not start with `kubectl`: kustomize-controller takes fields
 * of such managers away.
 */
export const ownFieldManager = "pulumi-flux-fleet";

/**
 * Asks Flux to reconcile an object now, through the annotation `reconcile.fluxcd.io/requestedAt`. A source that fetched
 * something new wakes its Kustomizations by itself. The object is never created.
 *
 * @returns the value written, which the controller repeats in `status.lastHandledReconcileAt`; undefined when the object
 *   does not exist.
 * @see https://fluxcd.io/flux/components/source/gitrepositories/#triggering-a-reconcile
 */
export async function nudge(
  client: ClusterClient,
  kind: FluxKind,
  namespace: string,
  name: string,
  options: CallOptions = {},
): Promise<string | undefined> {
  const value = presentMoment();
  const patch = { metadata: { annotations: { [requestedAt]: value } } };
  const ref = { ...fluxKinds[kind], namespace, name };
  try {
    await client.patch(ref, patch, { ...options, fieldManager: ownFieldManager });
    return value;
  } catch (error) {
    if (hasCode(error, "CLUSTER_OBJECT_MISSING", "CLUSTER_KIND_UNKNOWN")) return undefined;
    throw error;
  }
}

/** RFC 3339 with microseconds, so that two requests in one millisecond are two requests. */
function presentMoment(): string {
  const micros = String((process.hrtime.bigint() / 1000n) % 1000n).padStart(3, "0");
  return new Date().toISOString().replace("Z", `${micros}Z`);
}

import { FleetError, type ErrorCode, type Finding } from "../errors.js";

/** How a cluster is named at the start of every finding about it. */
export function clusterPath(cluster: string): string {
  return `Cluster "${cluster}"`;
}

/** One finding about a cluster, or about an object on it. */
export function clusterFinding(
  code: ErrorCode,
  cluster: string,
  problem: string,
  remedy: string,
  object?: string,
): Finding {
  const path = object === undefined ? clusterPath(cluster) : `${clusterPath(cluster)}: ${object}`;
  return { code, path, problem, remedy };
}

/** An error with one finding; it never carries a cause, because causes hold request headers and kubeconfig text. */
export function clusterError(
  code: ErrorCode,
  cluster: string,
  problem: string,
  remedy: string,
  object?: string,
): FleetError {
  return new FleetError([clusterFinding(code, cluster, problem, remedy, object)]);
}

/** Whether a caught value is a {@link FleetError} whose first finding has one of these codes. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): error is FleetError {
  return FleetError.is(error) && error.code !== undefined && codes.includes(error.code);
}

import type { Cluster, User } from "@kubernetes/client-node";

/** The parts of a user's `exec` that matter here. */
export interface ExecConfig {
  readonly apiVersion?: unknown;
  readonly command?: unknown;
  readonly env?: unknown;
  readonly provideClusterInfo?: unknown;
}

/** The `exec` of a user, if it has one. */
export function execOf(user: User): ExecConfig | undefined {
  const exec: unknown = user.exec;
  return typeof exec === "object" && exec !== null ? exec : undefined;
}

/**
 * Plugins learn the wanted API version, and the cluster if they ask for it, from a variable that the library leaves out.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export function withExecInfo(exec: ExecConfig, target: Cluster): ExecConfig {
  const info = {
    apiVersion: exec.apiVersion,
    kind: "ExecCredential",
    spec: {
      interactive: false,
      ...(exec.provideClusterInfo === true && {
        cluster: {
          server: target.server,
          "certificate-authority-data": target.caData,
          "tls-server-name": target.tlsServerName,
          "insecure-skip-tls-verify": target.skipTLSVerify ? true : undefined,
        },
      }),
    },
  };
  const given: readonly unknown[] = Array.isArray(exec.env) ? exec.env : [];
  return {
    ...exec,
    env: [{ name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(info) }, ...given],
  };
}

import { stringify } from "yaml";

/** What a kubeconfig with one cluster and one user says; certificates and keys as PEM. */
export interface KubeconfigContent {
  readonly cluster: string;
  readonly server: string;
  readonly ca: string;
  readonly user:
    | { readonly certificate: string; readonly key: string }
    /** A file that is read again when it changes. */
    | { readonly tokenFile: string };
  readonly namespace?: string;
}

/** Prints a kubeconfig as YAML. */
export function printKubeconfig(content: KubeconfigContent): string {
  const { user } = content;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: content.cluster,
        cluster: { server: content.server, "certificate-authority-data": base64(content.ca) },
      },
    ],
    users: [
      {
        name: content.cluster,
        user:
          "tokenFile" in user
            ? { tokenFile: user.tokenFile }
            : {
                "client-certificate-data": base64(user.certificate),
                "client-key-data": base64(user.key),
              },
      },
    ],
    contexts: [
      {
        name: content.cluster,
        context: {
          cluster: content.cluster,
          user: content.cluster,
          ...(content.namespace === undefined ? {} : { namespace: content.namespace }),
        },
      },
    ],
    "current-context": content.cluster,
  });
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

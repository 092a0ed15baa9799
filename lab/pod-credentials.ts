import { renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ApiClient } from "./api-client.js";
import { printKubeconfig } from "./kubeconfig.js";
import { isAborted, pause } from "./pause.js";
import type { Pod } from "./pod.js";

const tokenSeconds = 3600;
const renewAfterMs = tokenSeconds * 800;
const retryMs = 5000;

/** Who a pod is to the API server, as files in its directory. */
export interface CredentialOptions {
  readonly pod: Pod;
  readonly client: ApiClient;
  readonly cluster: string;
  readonly server: string;
  readonly ca: string;
  readonly directory: string;
}

/** The kubeconfig of a pod's processes: the pod's own ServiceAccount, whose token is read from a file. */
export class PodCredentials {
  readonly #options: CredentialOptions;

  constructor(options: CredentialOptions) {
    this.#options = options;
  }

  /** The file for `KUBECONFIG`. */
  get kubeconfig(): string {
    return path.join(this.#options.directory, "kubeconfig");
  }

  /** Writes token and kubeconfig. @throws when the API server refuses, for example a missing ServiceAccount */
  async write(): Promise<void> {
    await this.#writeToken();
    const { ca, cluster, pod, server } = this.#options;
    const { namespace = "" } = pod.metadata;
    const user = { tokenFile: this.#tokenFile };
    const text = printKubeconfig({ cluster, server, ca, user, namespace });
    writeFileSync(this.kubeconfig, text, { mode: 0o600 });
  }

  /** Keeps the token fresh until the signal aborts, through outages. */
  async renew(signal: AbortSignal): Promise<void> {
    let waitMs = renewAfterMs;
    while (!isAborted(signal)) {
      await pause(waitMs, signal);
      if (isAborted(signal)) return;
      waitMs = await this.#writeToken().then(
        () => renewAfterMs,
        () => retryMs,
      );
    }
  }

  get #tokenFile(): string {
    return path.join(this.#options.directory, "token");
  }

  /** Asks for a token bound to the pod, as a kubelet does, and swaps it in. */
  async #writeToken(): Promise<void> {
    const { metadata, spec } = this.#options.pod;
    const namespace = `/api/v1/namespaces/${metadata.namespace ?? ""}`;
    const account = `${namespace}/serviceaccounts/${spec.serviceAccountName ?? "default"}`;
    const { name, uid } = metadata;
    const boundObjectRef = { apiVersion: "v1", kind: "Pod", name, uid };
    const request = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: tokenSeconds, boundObjectRef },
    };
    const answer = await this.#options.client.create<{
      readonly status: { readonly token: string };
    }>(`${account}/token`, request);
    writeFileSync(`${this.#tokenFile}.new`, answer.status.token, { mode: 0o600 });
    renameSync(`${this.#tokenFile}.new`, this.#tokenFile);
  }
}

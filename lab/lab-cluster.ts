import { createApiClient, type ApiClient } from "./api-client.js";
import type { Program } from "./kubelet.js";
import { ask, type Answered } from "./requests.js";
import type { ClusterState } from "./state.js";

/** One cluster of a lab: a real API server with controllers that run as its Deployments say. */
export interface LabCluster {
  readonly name: string;
  /** URL of the API server; it stays the same through `stop`, `start` and `rebuild`. */
  readonly server: string;
  /** Certificate of the cluster's own authority, as PEM. */
  readonly ca: string;
  /** The same, base64-encoded as `certificate-authority-data` wants it. */
  readonly caData: string;
  /** Kubeconfig of a cluster administrator, as text. */
  readonly kubeconfig: string;
  /** The same as a file. */
  readonly kubeconfigFile: string;
  /** One log file per process: `etcd.log`, `source-controller.log` and so on. */
  readonly logDirectory: string;
  /** Reads and writes objects as the administrator. */
  readonly api: ApiClient;
  /** The UID of Namespace `kube-system`; a rebuilt cluster has another one. */
  uid(): Promise<string>;
  /** Switches the whole cluster off, controllers included; what is stored stays. */
  stop(): Promise<void>;
  /** Puts only the API server out of reach; the controllers go on running. `start` brings it back. */
  stopApiServer(): Promise<void>;
  /** Starts whatever is not running. */
  start(): Promise<void>;
  /** Replaces the cluster by an empty one with the same address, certificates and kubeconfig. */
  rebuild(): Promise<void>;
  /** Kills the process of a controller, for example `source-controller`; the lab starts it again after a second. @throws when none runs */
  killController(name: string): Promise<void>;
  /** Controllers the cluster's Deployments ask for, with the process of each while it runs. */
  programs(): Promise<readonly Program[]>;
  /** Where Services of `flux-system` answer on this machine, `namespace/name:port` to `127.0.0.1:port`. */
  services(): Promise<Readonly<Record<string, string>>>;
  /** Ends the cluster and removes it; only for clusters this process started by `startCluster`. */
  remove(): Promise<void>;
}

/** The cluster of a state as an object with methods; `lease` keeps a cluster that this process started. */
export function labCluster(socket: string, state: ClusterState, lease?: Answered): LabCluster {
  const { access, kubeconfig, kubeconfigFile, logDirectory, name } = state;
  const api = createApiClient(access);
  const call = async (
    method: "stop" | "start" | "stopApiServer" | "rebuild" | "programs" | "services",
  ): Promise<unknown> => {
    const answered = await ask(socket, { method, cluster: name });
    answered.close();
    return answered.result;
  };
  const order = async (method: "stop" | "start" | "stopApiServer" | "rebuild"): Promise<void> => {
    // Connections to a server that goes away would fail one later request each.
    api.close();
    await call(method);
  };
  return {
    name,
    server: access.server,
    ca: access.ca,
    caData: Buffer.from(access.ca, "utf8").toString("base64"),
    kubeconfig,
    kubeconfigFile,
    logDirectory,
    api,
    async uid() {
      return (await api.get("/api/v1/namespaces/kube-system")).metadata.uid ?? "";
    },
    stop: () => order("stop"),
    start: () => order("start"),
    stopApiServer: () => order("stopApiServer"),
    rebuild: () => order("rebuild"),
    async killController(program) {
      (await ask(socket, { method: "killController", cluster: name, program })).close();
    },
    // The guardian of the same version answers with what its own types say.
    programs: async () => (await call("programs")) as readonly Program[],
    services: async () => (await call("services")) as Readonly<Record<string, string>>,
    async remove() {
      if (lease === undefined) throw new Error(`Cluster "${name}" belongs to the whole lab.`);
      api.close();
      await call("stop");
      lease.close();
    },
  };
}

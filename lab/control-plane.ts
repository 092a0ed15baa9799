import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createApiClient, type ApiAccess, type ApiClient, type ApiObject } from "./api-client.js";
import { controlPlaneFlags, type ControlPlanePorts, type Piece } from "./control-plane-flags.js";
import { printKubeconfig } from "./kubeconfig.js";
import { pause } from "./pause.js";
import { withoutPodsOf } from "./kwok-stages.js";
import { createAuthority, createSigningKeys } from "./pki.js";
import { opens } from "./probe.js";
import type { Managed, ProcessTable } from "./processes.js";

/** Where the binaries and kwok's stages are. */
export interface ControlPlaneParts {
  readonly binary: (name: Piece) => string;
  /** The YAML file of kwok's stages. */
  readonly kwokStages: string;
}

/** What one control plane is made of. */
export interface ControlPlaneOptions {
  readonly name: string;
  /** Everything it writes is in here. */
  readonly directory: string;
  readonly ports: ControlPlanePorts;
  readonly parts: ControlPlaneParts;
  readonly processes: ProcessTable;
  /** Namespaces whose pods kwok leaves alone. */
  readonly realNamespaces: readonly string[];
}

/** A port was taken by a stranger between reserving and listening; try again with others. */
export class PortTakenError extends Error {
  override readonly name = "PortTakenError";
}

/** etcd, API server, controller manager, scheduler and kwok of one cluster. */
export interface ControlPlane {
  readonly server: string;
  /** The cluster's own certificate authority as PEM. */
  readonly ca: string;
  /** Kubeconfig of a cluster administrator, as text. */
  readonly kubeconfig: string;
  /** The same administrator, for the lab's own client. */
  readonly access: ApiAccess;
  readonly client: ApiClient;
  /**
   * Starts whatever is not running and resolves when the node is Ready and the default
   * ServiceAccount exists.
   * @throws {@link PortTakenError}
   */
  start(): Promise<void>;
  /** Ends every process; the data stays. */
  stop(): Promise<void>;
  /** Ends only the API server, so that the cluster is out of reach while everything else runs. */
  stopApiServer(): Promise<void>;
  /** Throws away what is stored; only while stopped. */
  eraseData(): void;
}

/** The one node; kwok keeps it Ready. */
export const nodeName = "node-0";

/** What a kubelet says about its node; install manifests select nodes by it. */
const nodeLabels = {
  "kubernetes.io/hostname": nodeName,
  "kubernetes.io/os": "linux",
  "kubernetes.io/arch": process.arch === "arm64" ? "arm64" : "amd64",
} as const;

/**
 * How much each heap may grow between collections, in percent. 50 saves about 100 MiB per cluster. The API
 * server is spared: there it would cost half a second of every start.
 */
const collectAt: Readonly<Record<Piece, string>> = {
  etcd: "50",
  "kube-apiserver": "100",
  "kube-controller-manager": "50",
  "kube-scheduler": "50",
  kwok: "50",
};

const startTimeoutMs = 90_000;
const pollMs = 25;
const servingNames = [
  "127.0.0.1",
  "10.96.0.1",
  "localhost",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
];

/** Writes keys and configuration of a new control plane; nothing runs before `start`. */
export function createControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { directory, name, parts, ports, processes } = options;
  const file = (...segments: string[]): string => path.join(directory, ...segments);
  const server = `https://127.0.0.1:${String(ports.api)}`;

  mkdirSync(file("pki"), { recursive: true, mode: 0o700 });
  const write = (target: string, content: string): string => {
    writeFileSync(target, content, { mode: 0o600 });
    return target;
  };
  const authority = createAuthority(`lab-${name}`);
  const serving = authority.server("kube-apiserver", servingNames);
  const signing = createSigningKeys();
  const admin = authority.client("admin", "system:masters");
  const access: ApiAccess = { server, ca: authority.certificate, ...admin };
  const kubeconfigOf = (user: { certificate: string; key: string }): string =>
    printKubeconfig({ cluster: name, server, ca: authority.certificate, user });
  const caFile = write(file("pki", "ca.crt"), authority.certificate);
  const servingCertificate = write(file("pki", "serving.crt"), serving.certificate);
  const servingKey = write(file("pki", "serving.key"), serving.key);
  const accountKey = write(file("pki", "accounts.key"), signing.privateKey);
  const accountPublicKey = write(file("pki", "accounts.pub"), signing.publicKey);
  const kubeconfig = kubeconfigOf(admin);
  const adminFile = write(file("admin.kubeconfig"), kubeconfig);
  const managerFile = write(
    file("pki", "kube-controller-manager.kubeconfig"),
    kubeconfigOf(authority.client("system:kube-controller-manager")),
  );
  const schedulerFile = write(
    file("pki", "kube-scheduler.kubeconfig"),
    kubeconfigOf(authority.client("system:kube-scheduler")),
  );
  const stagesFile = write(
    file("kwok-stages.yaml"),
    withoutPodsOf(options.realNamespaces, readFileSync(parts.kwokStages, "utf8")),
  );

  const flags = controlPlaneFlags({
    ports,
    etcdDirectory: file("etcd"),
    caFile,
    servingCertificate,
    servingKey,
    accountKey,
    accountPublicKey,
    adminKubeconfig: adminFile,
    managerKubeconfig: managerFile,
    schedulerKubeconfig: schedulerFile,
    kwokStages: stagesFile,
  });
  const running = new Map<Piece, Managed>();
  const logFile = (piece: Piece): string => file("logs", `${piece}.log`);
  const launch = (piece: Piece): void => {
    if (running.get(piece)?.isRunning() === true) return;
    running.set(
      piece,
      processes.start({
        name: `${name}/${piece}`,
        command: parts.binary(piece),
        args: flags[piece],
        env: {
          GOGC: collectAt[piece],
          // A second thread of Go's mostly looks for work: a fifth of the processor time.
          GOMAXPROCS: "1",
          HOME: directory,
          PATH: "/usr/bin:/bin",
        },
        directory,
        logFile: logFile(piece),
      }),
    );
  };
  const end = async (piece: Piece, graceMs: number): Promise<void> => {
    await running.get(piece)?.stop(graceMs);
    running.delete(piece);
  };
  const until = async (what: string, check: () => Promise<boolean>): Promise<void> => {
    const deadline = Date.now() + startTimeoutMs;
    while (!(await check().catch(() => false))) {
      for (const [piece, process] of running) {
        if (process.isRunning()) continue;
        const log = readFileSync(logFile(piece), "utf8");
        if (log.includes("address already in use")) throw new PortTakenError(`${name}/${piece}`);
        throw new Error(`${name}/${piece} ended while starting:\n${log.slice(-2000)}`);
      }
      if (Date.now() > deadline) throw new Error(`Cluster "${name}": ${what} not within 90 s.`);
      await pause(pollMs);
    }
  };

  const client = createApiClient(access);
  return {
    server,
    ca: authority.certificate,
    kubeconfig,
    access,
    client,
    async start() {
      launch("etcd");
      await until("etcd", () => opens(ports.etcd));
      launch("kube-apiserver");
      await until("API server", async () => (await client.text("/readyz")) === "ok");
      launch("kube-controller-manager");
      launch("kube-scheduler");
      launch("kwok");
      await client.apply(`/api/v1/nodes/${nodeName}`, {
        apiVersion: "v1",
        kind: "Node",
        metadata: { name: nodeName, labels: nodeLabels },
      });
      await until("node", async () => isReady(await client.get(`/api/v1/nodes/${nodeName}`)));
      const account = "/api/v1/namespaces/default/serviceaccounts/default";
      await until("ServiceAccount", async () => (await client.find(account)) !== undefined);
    },
    async stop() {
      await Promise.all([
        end("kwok", 0),
        end("kube-scheduler", 0),
        end("kube-controller-manager", 0),
        end("kube-apiserver", 0),
      ]);
      await end("etcd", 3000);
      client.close();
    },
    stopApiServer: () => end("kube-apiserver", 0),
    eraseData: () => {
      rmSync(file("etcd"), { recursive: true, force: true });
    },
  };
}

function isReady(node: ApiObject): boolean {
  const status = (node.status ?? {}) as {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
  const { taints } = (node.spec ?? {}) as { readonly taints?: readonly unknown[] };
  const ready = status.conditions?.some((one) => one.type === "Ready" && one.status === "True");
  return ready === true && (taints ?? []).length === 0;
}

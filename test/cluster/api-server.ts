import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import { clusterClient, type ClusterClient, type KubeObject } from "../../cluster/index.js";
import { definedKinds } from "../../cluster/install-plan.js";
import { createApiClient, type ApiClient } from "../../lab/api-client.js";
import { printKubeconfig } from "../../lab/kubeconfig.js";
import { createAuthority, createSigningKeys } from "../../lab/pki.js";
import { createPorts } from "../../lab/ports.js";
import { createProcessTable, type Managed } from "../../lab/processes.js";
import { dataPath, partPath } from "../../lab/parts/index.js";

/** An API server without any controller, so that a test writes every status itself. */
export interface ApiServer {
  readonly directory: string;
  readonly server: string;
  readonly ca: string;
  /** Kubeconfig of an administrator. */
  readonly kubeconfig: string;
  /** Client of an administrator. */
  readonly client: ClusterClient;
  /** A client that is not the one under test. */
  readonly other: ApiClient;
  /** Ends the API server; what it stored stays. */
  pause(): Promise<void>;
  /** Starts it again, on the same port. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts etcd and kube-apiserver with some custom resource definitions, by default with the Flux kinds
 * of the built modules.
 */
export async function startApiServer(
  definitions: readonly KubeObject[] = fluxDefinitions(),
): Promise<ApiServer> {
  const directory = mkdtempSync(path.join(tmpdir(), "cluster-test-"));
  const ports = createPorts();
  const processes = createProcessTable(directory);
  const [api, etcd, peer] = [await ports.reserve(), await ports.reserve(), await ports.reserve()];
  const server = `https://127.0.0.1:${String(api)}`;
  const file = (name: string): string => path.join(directory, name);
  const write = (name: string, content: string): string => {
    writeFileSync(file(name), content, { mode: 0o600 });
    return file(name);
  };
  mkdirSync(file("run"));
  const authority = createAuthority("cluster-test");
  const serving = authority.server("kube-apiserver", ["127.0.0.1", "localhost"]);
  const accounts = createSigningKeys();
  const run = (name: "etcd" | "kube-apiserver", args: readonly string[]): Managed =>
    processes.start({
      name,
      command: partPath(name),
      args,
      env: { HOME: directory, PATH: process.env.PATH ?? "" },
      directory: file("run"),
      logFile: file(`${name}.log`),
    });
  const clientUrl = `http://127.0.0.1:${String(etcd)}`;
  const peerUrl = `http://127.0.0.1:${String(peer)}`;
  run("etcd", [
    "--name=test",
    `--data-dir=${file("etcd")}`,
    "--unsafe-no-fsync",
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=test=${peerUrl}`,
    "--log-level=warn",
  ]);
  const flags = [
    `--etcd-servers=${clientUrl}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${String(api)}`,
    "--endpoint-reconciler-type=none",
    `--tls-cert-file=${write("serving.crt", serving.certificate)}`,
    `--tls-private-key-file=${write("serving.key", serving.key)}`,
    `--client-ca-file=${write("ca.crt", authority.certificate)}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${write("accounts.pub", accounts.publicKey)}`,
    `--service-account-signing-key-file=${write("accounts.key", accounts.privateKey)}`,
    "--service-cluster-ip-range=10.96.0.0/16",
    "--authorization-mode=RBAC",
    // Nobody creates ServiceAccounts and their tokens here.
    "--disable-admission-plugins=ServiceAccount",
    "--profiling=false",
  ];
  let apiServer = run("kube-apiserver", flags);
  const ca = authority.certificate;
  const user = authority.client("admin", "system:masters");
  const kubeconfig = printKubeconfig({ cluster: "test", server, ca, user });
  const client = clusterClient(kubeconfig, { name: "test" });
  const other = createApiClient({ server, ca, ...user });
  await untilReady(other);
  await define(client, definitions);
  return {
    directory,
    server,
    ca,
    kubeconfig,
    client,
    other,
    pause: async () => {
      await apiServer.stop(5_000);
      // A connection that is kept would fail the first request to the next server.
      other.close();
    },
    resume: async () => {
      apiServer = run("kube-apiserver", flags);
      await untilReady(other);
    },
    stop: async () => {
      client.close();
      other.close();
      await processes.killAll();
      ports.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What an API server makes by itself at its first start, some of it after it says that it is ready. */
const namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

async function untilReady(api: ApiClient): Promise<void> {
  await until("the API server is ready", async () => {
    if ((await api.text("/readyz")) !== "ok") return false;
    const paths = namespaces.map((name) => `/api/v1/namespaces/${name}`);
    const found = await Promise.all(paths.map((one) => api.find(one)));
    return found.every((one) => one !== undefined);
  });
}

async function until(what: string, look: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    let problem: unknown;
    const seen = await look().catch((error: unknown) => {
      problem = error;
      return false;
    });
    if (seen) return;
    if (Date.now() > deadline) throw new Error(`not within 120 s: ${what}`, { cause: problem });
    await sleep(50);
  }
}

/** The custom resource definitions of source- and kustomize-controller. */
export function fluxDefinitions(
  modules: readonly string[] = ["source-controller", "kustomize-controller"],
): readonly KubeObject[] {
  return modules.flatMap((module) => {
    const folder = path.join(dataPath("crds"), module);
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".yaml"))
      .flatMap((name) => parseAllDocuments(readFileSync(path.join(folder, name), "utf8")))
      .map((document) => document.toJS() as KubeObject);
  });
}

async function define(client: ClusterClient, definitions: readonly KubeObject[]): Promise<void> {
  await Promise.all(
    definitions.map((one) => client.apply(one, { fieldManager: "test", force: true })),
  );
  for (const kind of definitions.flatMap(definedKinds)) {
    await until(`${kind.kind} is served`, () => client.serves(kind));
  }
}

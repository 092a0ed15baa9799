import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError, type ApiClient, type ApiObject } from "./api-client.js";
import { hostCommand, probedPort, type Surroundings } from "./container-command.js";
import { ContainerProcess } from "./container-process.js";
import type { ResolvedImage } from "./images.js";
import { printKubeconfig } from "./kubeconfig.js";
import { podStatus } from "./pod-status.js";
import { podName, type Container, type ContainerStatus, type Pod } from "./pod.js";
import type { Ports } from "./ports.js";
import type { ProcessTable } from "./processes.js";
import type { ServiceRouter } from "./service-router.js";

/** What a pod needs of the cluster it runs in. */
export interface PodHost {
  readonly cluster: string;
  readonly server: string;
  readonly ca: string;
  readonly client: ApiClient;
  readonly processes: ProcessTable;
  readonly ports: Ports;
  readonly router: ServiceRouter;
  readonly resolveImage: (image: string) => ResolvedImage;
  /** Whether Services of this namespace are routed. */
  readonly routes: (namespace: string) => boolean;
  /** Each pod gets a directory in here. */
  readonly directory: string;
  readonly logDirectory: string;
  /** An address of the pod range that no other pod has. */
  readonly podIP: string;
}

const tokenSeconds = 3600;
const retryMs = 500;
const allocatable = { cpu: "2", memory: "8Gi" } as const;

/** A pod whose containers are processes of this machine. */
export class RealPod {
  readonly #host: PodHost;
  readonly #directory: string;
  readonly #ended = new AbortController();
  readonly #hostPorts = new Map<number, Promise<number>>();
  readonly #knownPorts = new Map<number, number>();
  readonly #restarts: ReadonlyMap<string, number>;
  #pod: Pod;
  #containers: readonly ContainerProcess[] = [];
  #waiting: { readonly reason: string; readonly message?: string } | undefined;
  #writing: Promise<void> | undefined;
  #dirty = false;
  #terminating: Promise<void> | undefined;

  constructor(pod: Pod, host: PodHost) {
    this.#pod = pod;
    this.#host = host;
    this.#directory = path.join(host.directory, pod.metadata.uid ?? pod.metadata.name);
    // A pod that ran before the lab's machine was "switched off" counts one start more.
    this.#restarts = new Map(
      (pod.status?.containerStatuses ?? [])
        .filter(({ state, lastState }) => state.waiting === undefined || lastState !== undefined)
        .map(({ name, restartCount }) => [name, restartCount + 1]),
    );
  }

  /** Programs of this pod with the id of the process each runs as now. */
  programs(): readonly { readonly program: string; readonly pid: number | undefined }[] {
    return this.#pod.spec.containers.map((container, index) => {
      const image = this.#host.resolveImage(container.image);
      const program = "program" in image ? image.program : container.name;
      return { program, pid: this.#containers[index]?.pid };
    });
  }

  start(): void {
    void this.#start();
  }

  /** The object changed in the API server. */
  changed(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) this.#terminating ??= this.#terminate();
  }

  /** The object is gone, or the machine is "switched off": ends the processes, reports nothing. */
  async stop(graceMs: number): Promise<void> {
    this.#ended.abort();
    this.#host.router.setBackend(this.#uid, undefined);
    await Promise.all(this.#containers.map((container) => container.stop(graceMs)));
    for (const port of this.#knownPorts.values()) this.#host.ports.release(port);
    rmSync(this.#directory, { recursive: true, force: true });
  }

  get #uid(): string {
    return this.#pod.metadata.uid ?? "";
  }

  get #path(): string {
    const { namespace = "", name } = this.#pod.metadata;
    return `/api/v1/namespaces/${namespace}/pods/${name}`;
  }

  async #start(): Promise<void> {
    if (this.#pod.metadata.deletionTimestamp !== undefined) {
      this.#terminating ??= this.#terminate();
      return;
    }
    const unknown = this.#unsupported();
    if (unknown !== undefined) {
      this.#wait(unknown.reason, unknown.message);
      return;
    }
    while (!this.#ended.signal.aborted) {
      try {
        await this.#writeCredentials();
        const containers = await Promise.all(
          this.#pod.spec.containers.map((one) => this.#prepare(one)),
        );
        if (isAborted(this.#ended.signal)) return;
        this.#waiting = undefined;
        this.#containers = containers;
        for (const container of containers) container.start();
        void this.#renewToken();
        return;
      } catch (error) {
        this.#wait(
          "CreateContainerConfigError",
          error instanceof Error ? error.message : String(error),
        );
        await pause(retryMs, this.#ended.signal);
      }
    }
  }

  #unsupported(): { readonly reason: string; readonly message: string } | undefined {
    const { spec } = this.#pod;
    const volume = spec.volumes?.find(({ emptyDir }) => emptyDir === undefined);
    for (const { image } of spec.containers) {
      const resolved = this.#host.resolveImage(image);
      if ("problem" in resolved) return { reason: "ImagePullBackOff", message: resolved.problem };
    }
    const what =
      (spec.initContainers ?? []).length > 0
        ? "init containers"
        : volume === undefined || isTokenVolume(volume)
          ? undefined
          : `volume "${volume.name}", which is no emptyDir`;
    if (what === undefined) return undefined;
    return {
      reason: "CreateContainerConfigError",
      message: `The lab's kubelet does not support ${what}.`,
    };
  }

  async #prepare(container: Container): Promise<ContainerProcess> {
    const image = this.#host.resolveImage(container.image);
    if ("problem" in image) throw new Error(image.problem);
    const surroundings = this.#surroundings();
    const { args, env } = await hostCommand(this.#pod, container, image.program, surroundings);
    const probePort = async (port: string | number | undefined): Promise<number | undefined> =>
      port === undefined ? undefined : probedPort(container, port, surroundings);
    const { readinessProbe, livenessProbe } = container;
    const readiness = await probePort(
      readinessProbe?.httpGet?.port ?? readinessProbe?.tcpSocket?.port,
    );
    const liveness = await probePort(
      livenessProbe?.httpGet?.port ?? livenessProbe?.tcpSocket?.port,
    );
    const home = this.#made("home");
    const temporary = container.volumeMounts?.find(({ mountPath }) => mountPath === "/tmp");
    return new ContainerProcess({
      container,
      name: `${this.#host.cluster}/${podName(this.#pod)}/${container.name}`,
      binary: image.path,
      command: {
        args,
        env: {
          PATH: "/usr/bin:/bin",
          HOME: home,
          HOSTNAME: this.#pod.metadata.name,
          TMPDIR:
            temporary === undefined ? this.#made("tmp") : this.#made("volumes", temporary.name),
          KUBECONFIG: path.join(this.#directory, "kubeconfig"),
          ...env,
        },
      },
      directory: home,
      logFile: path.join(this.#host.logDirectory, `${image.program}.log`),
      processes: this.#host.processes,
      probePorts: {
        ...(readiness === undefined ? {} : { readiness }),
        ...(liveness === undefined ? {} : { liveness }),
      },
      restarts: this.#restarts.get(container.name) ?? 0,
      onChange: () => {
        this.#containersChanged();
      },
    });
  }

  #surroundings(): Surroundings {
    const { client, ports, router, routes } = this.#host;
    const { namespace = "" } = this.#pod.metadata;
    return {
      allocatable,
      volume: (name) => this.#made("volumes", name),
      hostPort: (port) => {
        const known = this.#hostPorts.get(port);
        if (known !== undefined) return known;
        const reserved = ports.reserve().then((hostPort) => {
          this.#knownPorts.set(port, hostPort);
          return hostPort;
        });
        this.#hostPorts.set(port, reserved);
        return reserved;
      },
      service: async (inNamespace, name, port) =>
        routes(inNamespace) ? router.address(inNamespace, name, port) : undefined,
      keyValue: async (kind, { name, key }) => {
        const object = await client.find<ApiObject>(
          `/api/v1/namespaces/${namespace}/${kind}/${name}`,
        );
        const value = object?.data?.[key];
        return kind === "secrets" && value !== undefined
          ? Buffer.from(value, "base64").toString("utf8")
          : value;
      },
    };
  }

  #made(...segments: string[]): string {
    const folder = path.join(this.#directory, ...segments);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  async #writeCredentials(): Promise<void> {
    const { ca, cluster, server } = this.#host;
    const { namespace = "" } = this.#pod.metadata;
    const tokenFile = path.join(this.#made(), "token");
    await this.#writeToken(tokenFile);
    const kubeconfig = printKubeconfig({ cluster, server, ca, user: { tokenFile }, namespace });
    writeFileSync(path.join(this.#directory, "kubeconfig"), kubeconfig, { mode: 0o600 });
  }

  /** A token of the pod's ServiceAccount, bound to the pod as a kubelet would ask for it. */
  async #writeToken(file: string): Promise<void> {
    const { metadata, spec } = this.#pod;
    const account = `/api/v1/namespaces/${metadata.namespace ?? ""}/serviceaccounts/${spec.serviceAccountName ?? "default"}`;
    const boundObjectRef = { apiVersion: "v1", kind: "Pod", name: metadata.name, uid: this.#uid };
    const answer = await this.#host.client.create<{ readonly status: { readonly token: string } }>(
      `${account}/token`,
      {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { expirationSeconds: tokenSeconds, boundObjectRef },
      },
    );
    writeFileSync(`${file}.new`, answer.status.token, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  }

  async #renewToken(): Promise<void> {
    let waitMs = tokenSeconds * 800;
    while (!this.#ended.signal.aborted) {
      await pause(waitMs, this.#ended.signal);
      if (isAborted(this.#ended.signal)) return;
      try {
        await this.#writeToken(path.join(this.#directory, "token"));
        waitMs = tokenSeconds * 800;
      } catch {
        waitMs = 5000;
      }
    }
  }

  async #terminate(): Promise<void> {
    const seconds = this.#pod.metadata.deletionGracePeriodSeconds ?? 30;
    this.#host.router.setBackend(this.#uid, undefined);
    await Promise.all(this.#containers.map((container) => container.stop(seconds * 1000)));
    await this.#writing;
    const body = { gracePeriodSeconds: 0, preconditions: { uid: this.#uid } };
    while (!this.#ended.signal.aborted) {
      try {
        await this.#host.client.delete(this.#path, body);
        return;
      } catch (error) {
        // Another pod has this name by now.
        if (error instanceof ApiError && error.status === 409) return;
        await pause(retryMs, this.#ended.signal);
      }
    }
  }

  #wait(reason: string, message: string): void {
    this.#waiting = { reason, message };
    this.#report();
  }

  #containersChanged(): void {
    const ready = this.#containers.every((container) => container.ready);
    const backend = { pod: this.#pod, hostPort: (port: number) => this.#knownPorts.get(port) };
    const serves = ready && !this.#ended.signal.aborted && this.#terminating === undefined;
    this.#host.router.setBackend(this.#uid, serves ? backend : undefined);
    this.#report();
  }

  #report(): void {
    this.#dirty = true;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
      if (this.#dirty && !this.#ended.signal.aborted) this.#report();
    });
  }

  async #write(): Promise<void> {
    while (this.#dirty && !this.#ended.signal.aborted) {
      this.#dirty = false;
      const status = podStatus({
        observed: this.#pod.status,
        containers: this.#containerStatuses(),
        podIP: this.#host.podIP,
        now: new Date(),
      });
      try {
        const body = { metadata: { uid: this.#uid }, status };
        const written = await this.#host.client.patch<Pod>(`${this.#path}/status`, body);
        this.#pod = {
          ...this.#pod,
          ...(written.status === undefined ? {} : { status: written.status }),
        };
      } catch (error) {
        if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return;
        this.#dirty = true;
        await pause(retryMs, this.#ended.signal);
      }
    }
  }

  #containerStatuses(): readonly ContainerStatus[] {
    if (this.#containers.length > 0) return this.#containers.map((container) => container.status());
    return this.#pod.spec.containers.map(({ name, image }) => ({
      name,
      image,
      imageID: "",
      ready: false,
      started: false,
      restartCount: this.#restarts.get(name) ?? 0,
      state: { waiting: this.#waiting ?? { reason: "ContainerCreating" } },
    }));
  }
}

/** The ServiceAccount's token, which the lab hands over by kubeconfig instead. */
function isTokenVolume({ name }: { readonly name: string }): boolean {
  return name.startsWith("kube-api-access-");
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

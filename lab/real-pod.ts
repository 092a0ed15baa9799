import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { ApiError, type ApiClient, type ApiObject } from "./api-client.js";
import { hostCommand, probedPort, type Surroundings } from "./container-command.js";
import { ContainerProcess } from "./container-process.js";
import type { ResolvedImage } from "./images.js";
import { isAborted, pause } from "./pause.js";
import { PodCredentials } from "./pod-credentials.js";
import { podStatus } from "./pod-status.js";
import { podName, type Container, type ContainerStatus, type Pod, type Probe } from "./pod.js";
import type { Ports } from "./ports.js";
import type { ProcessTable } from "./processes.js";
import type { ServiceRouter } from "./service-router.js";
import { StatusWriter } from "./status-writer.js";

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

interface Waiting {
  readonly reason: string;
  readonly message?: string;
}

const retryMs = 500;
const allocatable = { cpu: "2", memory: "8Gi" } as const;

/** A pod whose containers are processes of this machine. */
export class RealPod {
  readonly #host: PodHost;
  readonly #directory: string;
  readonly #ended = new AbortController();
  readonly #credentials: PodCredentials;
  readonly #status: StatusWriter<Pod>;
  readonly #hostPorts = new Map<number, Promise<number>>();
  readonly #knownPorts = new Map<number, number>();
  readonly #restarts: ReadonlyMap<string, number>;
  #pod: Pod;
  #containers: readonly ContainerProcess[] = [];
  #waiting: Waiting = { reason: "ContainerCreating" };
  #terminating: Promise<void> | undefined;

  constructor(pod: Pod, host: PodHost) {
    this.#pod = pod;
    this.#host = host;
    this.#directory = path.join(host.directory, this.#uid);
    this.#credentials = new PodCredentials({ ...host, pod, directory: this.#directory });
    this.#status = new StatusWriter(
      host.client,
      this.#path,
      () => this.#statusPatch(),
      ({ status }) => {
        if (status !== undefined) this.#pod = { ...this.#pod, status };
      },
      this.#ended.signal,
    );
    // A pod that ran before its machine was switched off counts one start more.
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
    if (this.#pod.metadata.deletionTimestamp === undefined) void this.#start();
    else this.#terminating ??= this.#terminate();
  }

  /** The object changed in the API server. */
  changed(pod: Pod): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) this.#terminating ??= this.#terminate();
  }

  /** The object is gone, or the machine is switched off: ends the processes, reports nothing. */
  async stop(graceMs: number): Promise<void> {
    this.#ended.abort();
    this.#host.router.setBackend(this.#uid, undefined);
    await Promise.all(this.#containers.map((container) => container.stop(graceMs)));
    for (const port of this.#knownPorts.values()) this.#host.ports.release(port);
    rmSync(this.#directory, { recursive: true, force: true, maxRetries: 3 });
  }

  get #uid(): string {
    return this.#pod.metadata.uid ?? this.#pod.metadata.name;
  }

  get #path(): string {
    const { namespace = "", name } = this.#pod.metadata;
    return `/api/v1/namespaces/${namespace}/pods/${name}`;
  }

  async #start(): Promise<void> {
    const obstacle = this.#obstacle();
    if (obstacle !== undefined) {
      this.#wait(obstacle);
      return;
    }
    const { signal } = this.#ended;
    while (!isAborted(signal) && this.#terminating === undefined) {
      try {
        this.#made();
        await this.#credentials.write();
        const { containers } = this.#pod.spec;
        const prepared = await Promise.all(containers.map((one) => this.#prepare(one)));
        if (isAborted(signal) || this.#isTerminating()) return;
        this.#containers = prepared;
        for (const container of prepared) container.start();
        void this.#credentials.renew(signal);
        return;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.#wait({ reason: "CreateContainerConfigError", message });
        await pause(retryMs, signal);
      }
    }
  }

  /** Why this pod will never run here. */
  #obstacle(): Waiting | undefined {
    const { containers, initContainers = [], volumes = [] } = this.#pod.spec;
    for (const { image } of containers) {
      const resolved = this.#host.resolveImage(image);
      if ("problem" in resolved) return { reason: "ImagePullBackOff", message: resolved.problem };
    }
    const volume = volumes.find((one) => one.emptyDir === undefined && !isTokenVolume(one.name));
    const unsupported = [
      ...(initContainers.length > 0 ? ["init containers"] : []),
      ...(volume === undefined ? [] : [`volume "${volume.name}", which is no emptyDir`]),
    ];
    if (unsupported.length === 0) return undefined;
    const message = `The lab's kubelet does not support ${unsupported.join(" and ")}.`;
    return { reason: "CreateContainerConfigError", message };
  }

  async #prepare(container: Container): Promise<ContainerProcess> {
    const image = this.#host.resolveImage(container.image);
    if ("problem" in image) throw new Error(image.problem);
    const surroundings = this.#surroundings();
    const { args, env } = await hostCommand(this.#pod, container, image.program, surroundings);
    const probePort = async (probe: Probe | undefined): Promise<number | undefined> => {
      const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port;
      return port === undefined ? undefined : probedPort(container, port, surroundings);
    };
    const home = this.#made("home");
    const temporary = container.volumeMounts?.find(({ mountPath }) => mountPath === "/tmp");
    const outside = {
      PATH: "/usr/bin:/bin",
      HOME: home,
      HOSTNAME: this.#pod.metadata.name,
      TMPDIR: temporary === undefined ? this.#made("tmp") : this.#made("volumes", temporary.name),
      KUBECONFIG: this.#credentials.kubeconfig,
    };
    return new ContainerProcess({
      container,
      name: `${this.#host.cluster}/${podName(this.#pod)}/${container.name}`,
      binary: image.path,
      command: { args, env: { ...outside, ...env } },
      directory: home,
      logFile: path.join(this.#host.logDirectory, `${image.program}.log`),
      processes: this.#host.processes,
      probePorts: {
        readiness: await probePort(container.readinessProbe),
        liveness: await probePort(container.livenessProbe),
      },
      restarts: this.#restarts.get(container.name) ?? 0,
      onChange: () => {
        this.#containersChanged();
      },
    });
  }

  #surroundings(): Surroundings {
    const { client, router, routes } = this.#host;
    const { namespace = "" } = this.#pod.metadata;
    return {
      allocatable,
      volume: (name) => this.#made("volumes", name),
      hostPort: (port) => this.#hostPort(port),
      service: async (inNamespace, name, port) =>
        routes(inNamespace) ? router.address(inNamespace, name, port) : undefined,
      keyValue: async (kind, { name, key }) => {
        const object = await client.find(`/api/v1/namespaces/${namespace}/${kind}/${name}`);
        return dataValue(kind, object, key);
      },
    };
  }

  #hostPort(containerPort: number): Promise<number> {
    const known = this.#hostPorts.get(containerPort);
    if (known !== undefined) return known;
    const reserved = this.#host.ports.reserve().then((port) => {
      this.#knownPorts.set(containerPort, port);
      return port;
    });
    this.#hostPorts.set(containerPort, reserved);
    return reserved;
  }

  #made(...segments: string[]): string {
    const folder = path.join(this.#directory, ...segments);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  async #terminate(): Promise<void> {
    const { client, router } = this.#host;
    const seconds = this.#pod.metadata.deletionGracePeriodSeconds ?? 30;
    router.setBackend(this.#uid, undefined);
    await Promise.all(this.#containers.map((container) => container.stop(seconds * 1000)));
    await this.#status.settled();
    const body = { gracePeriodSeconds: 0, preconditions: { uid: this.#uid } };
    while (!isAborted(this.#ended.signal)) {
      try {
        await client.delete(this.#path, body);
        return;
      } catch (error) {
        // Another pod has this name by now.
        if (error instanceof ApiError && error.status === 409) return;
        await pause(retryMs, this.#ended.signal);
      }
    }
  }

  /** A call, so that the compiler does not take an earlier answer for granted after an await. */
  #isTerminating(): boolean {
    return this.#terminating !== undefined;
  }

  #wait(waiting: Waiting): void {
    this.#waiting = waiting;
    this.#status.changed();
  }

  #containersChanged(): void {
    const ready = this.#containers.every((container) => container.ready);
    const serves = ready && !isAborted(this.#ended.signal) && this.#terminating === undefined;
    const hostPort = (port: number): number | undefined => this.#knownPorts.get(port);
    this.#host.router.setBackend(this.#uid, serves ? { pod: this.#pod, hostPort } : undefined);
    this.#status.changed();
  }

  #statusPatch(): object {
    const status = podStatus({
      observed: this.#pod.status,
      containers: this.#containerStatuses(),
      podIP: this.#host.podIP,
      now: new Date(),
    });
    // The UID makes the server refuse a status meant for an earlier pod of the same name.
    return { metadata: { uid: this.#uid }, status };
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
      state: { waiting: this.#waiting },
    }));
  }
}

function dataValue(
  kind: "secrets" | "configmaps",
  object: ApiObject | undefined,
  key: string,
): string | undefined {
  const value = object?.data?.[key];
  return kind === "secrets" && value !== undefined
    ? Buffer.from(value, "base64").toString("utf8")
    : value;
}

/** The ServiceAccount's token, which the lab hands over by kubeconfig instead. */
function isTokenVolume(name: string): boolean {
  return name.startsWith("kube-api-access-");
}

import path from "node:path";
import { rmSync } from "node:fs";
import { createControlPlane, PortTakenError, type ControlPlane } from "./control-plane.js";
import { resolveImage } from "./images.js";
import { Kubelet, type Program } from "./kubelet.js";
import { dataPath, partPath } from "./parts/index.js";
import type { Ports } from "./ports.js";
import type { ProcessTable } from "./processes.js";
import { ServiceRouter } from "./service-router.js";

/** What the guardian gives to each of its clusters. */
export interface ClusterHostOptions {
  readonly name: string;
  readonly directory: string;
  readonly ports: Ports;
  readonly processes: ProcessTable;
}

/** Namespaces whose pods the lab runs for real. */
const realNamespaces = ["flux-system"] as const;
const portAttempts = 3;
const controllerGraceMs = 5000;

/** One cluster inside the guardian: control plane, kubelet and Services. */
export class ClusterHost {
  readonly name: string;
  readonly directory: string;
  readonly controlPlane: ControlPlane;
  readonly #kubelet: Kubelet;
  readonly #router: ServiceRouter;
  readonly #release: () => void;
  /** Operations on one cluster follow each other. */
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(options: ClusterHostOptions, api: number, etcd: number, peer: number) {
    const { directory, name, ports, processes } = options;
    this.name = name;
    this.directory = directory;
    this.#router = new ServiceRouter(ports);
    this.controlPlane = createControlPlane({
      name,
      directory,
      ports: { api, etcd, peer },
      parts: {
        binary: partPath,
        kwokStages: path.join(dataPath("kwok-stages"), "stages.yaml"),
      },
      processes,
      realNamespaces,
    });
    this.#kubelet = new Kubelet({
      cluster: name,
      server: this.controlPlane.server,
      ca: this.controlPlane.ca,
      client: this.controlPlane.client,
      processes,
      ports,
      router: this.#router,
      resolveImage,
      namespaces: realNamespaces,
      directory: path.join(directory, "pods"),
      logDirectory: this.logDirectory,
    });
    this.#release = () => {
      this.#router.close();
      for (const port of [api, etcd, peer]) ports.release(port);
    };
  }

  /** Makes and starts a cluster; tries other ports when a stranger took one of the first choice. */
  static async create(options: ClusterHostOptions): Promise<ClusterHost> {
    for (let attempt = 1; ; attempt++) {
      const { ports } = options;
      const [api, etcd, peer] = [
        await ports.reserve(),
        await ports.reserve(),
        await ports.reserve(),
      ];
      const host = new ClusterHost(options, api, etcd, peer);
      try {
        await host.start();
        return host;
      } catch (error) {
        await host.remove();
        if (!(error instanceof PortTakenError) || attempt === portAttempts) throw error;
      }
    }
  }

  get logDirectory(): string {
    return path.join(this.directory, "logs");
  }

  /** Starts whatever is not running. */
  start(): Promise<void> {
    return this.#next(async () => {
      await this.controlPlane.start();
      this.#kubelet.start();
    });
  }

  /** Switches the whole cluster off, controllers included; what is stored stays. */
  stop(): Promise<void> {
    return this.#next(() => this.#off(controllerGraceMs));
  }

  /** Puts only the API server out of reach; everything else goes on running. */
  stopApiServer(): Promise<void> {
    return this.#next(() => this.controlPlane.stopApiServer());
  }

  /** An empty cluster behind the same address, certificates and kubeconfig. */
  rebuild(): Promise<void> {
    return this.#next(async () => {
      await this.#off(0);
      this.controlPlane.eraseData();
      await this.controlPlane.start();
      this.#kubelet.start();
    });
  }

  /** Ends everything and removes what is stored. */
  remove(): Promise<void> {
    return this.#next(async () => {
      await this.#off(0);
      this.#release();
      rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
    });
  }

  /** Controllers as they run now. */
  programs(): readonly Program[] {
    return this.#kubelet.programs();
  }

  /** Addresses of Services on this machine, `namespace/name:port` to `127.0.0.1:port`. */
  services(): Readonly<Record<string, string>> {
    return this.#router.addresses();
  }

  async #off(graceMs: number): Promise<void> {
    await this.#kubelet.stop(graceMs);
    await this.controlPlane.stop();
  }

  #next<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(action);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

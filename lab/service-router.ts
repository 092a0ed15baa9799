import { connect, createServer, type Server, type Socket } from "node:net";
import type { ApiObject } from "./api-client.js";
import { containerPort, type Pod } from "./pod.js";
import type { Ports } from "./ports.js";

/** A ready pod behind a Service. */
export interface Backend {
  readonly pod: Pod;
  /** The port of this machine for a port of the pod, if the process listens on one for it. */
  readonly hostPort: (containerPort: number) => number | undefined;
}

interface ServiceSpec {
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly {
    readonly port: number;
    readonly targetPort?: string | number;
  }[];
}

interface Route {
  readonly service: string;
  readonly port: number;
  readonly hostPort: number;
  server: Server | undefined;
}

/**
 * The lab's part of kube-proxy: each port of a Service has one address on 127.0.0.1 for the life of the
 * cluster. It answers while a ready pod is behind the Service and refuses connections otherwise.
 */
export class ServiceRouter {
  readonly #ports: Ports;
  readonly #routes = new Map<string, Promise<Route>>();
  readonly #settled = new Set<Route>();
  readonly #services = new Map<string, ServiceSpec>();
  readonly #backends = new Map<string, Backend>();
  readonly #connections = new Set<Socket>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** The address of a Service's port, whether or not the Service exists yet. */
  async address(namespace: string, name: string, port: number): Promise<string> {
    const route = await this.#route(`${namespace}/${name}`, port);
    return `127.0.0.1:${String(route.hostPort)}`;
  }

  /** Addresses of all ports seen so far, as `namespace/name:port` to `127.0.0.1:port`. */
  addresses(): Readonly<Record<string, string>> {
    const entries = [...this.#settled].map(
      ({ hostPort, port, service }) =>
        [`${service}:${String(port)}`, `127.0.0.1:${String(hostPort)}`] as const,
    );
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A Service is new or changed. */
  async serviceChanged(object: ApiObject): Promise<void> {
    const spec = (object.spec ?? {}) as ServiceSpec;
    const service = key(object);
    this.#services.set(service, spec);
    await Promise.all((spec.ports ?? []).map(({ port }) => this.#route(service, port)));
    this.#update();
  }

  serviceGone(object: ApiObject): void {
    this.#services.delete(key(object));
    this.#update();
  }

  /** A pod became ready, or is no longer. */
  setBackend(uid: string, backend: Backend | undefined): void {
    if (backend === undefined) this.#backends.delete(uid);
    else this.#backends.set(uid, backend);
    this.#update();
  }

  /** Refuses all connections and forgets Services and pods; the addresses stay reserved. */
  reset(): void {
    this.#services.clear();
    this.#backends.clear();
    this.#update();
    for (const socket of this.#connections) socket.destroy();
  }

  /** Gives the addresses back. */
  close(): void {
    this.reset();
    for (const { hostPort } of this.#settled) this.#ports.release(hostPort);
  }

  #route(service: string, port: number): Promise<Route> {
    const id = `${service}:${String(port)}`;
    const known = this.#routes.get(id);
    if (known !== undefined) return known;
    const route = this.#ports.reserve().then((hostPort) => {
      const made: Route = { service, port, hostPort, server: undefined };
      this.#settled.add(made);
      return made;
    });
    this.#routes.set(id, route);
    return route;
  }

  #update(): void {
    for (const route of this.#settled) {
      const open = this.#targets(route).length > 0;
      if (open && route.server === undefined) {
        route.server = createServer({ allowHalfOpen: true }, (socket) => {
          this.#forward(route, socket);
        });
        route.server.on("error", () => undefined);
        route.server.listen(route.hostPort, "127.0.0.1");
      } else if (!open && route.server !== undefined) {
        route.server.close();
        route.server = undefined;
      }
    }
  }

  #targets(route: Route): readonly number[] {
    const spec = this.#services.get(route.service);
    const port = spec?.ports?.find((one) => one.port === route.port);
    const selector = Object.entries(spec?.selector ?? {});
    if (port === undefined || selector.length === 0) return [];
    const [namespace] = route.service.split("/");
    return [...this.#backends.values()]
      .filter(({ pod }) => pod.metadata.namespace === namespace)
      .filter(({ pod }) => selector.every(([name, value]) => pod.metadata.labels?.[name] === value))
      .flatMap(({ pod, hostPort }) =>
        pod.spec.containers.map((container) => {
          const target = containerPort(container, port.targetPort ?? port.port);
          return target === undefined ? undefined : hostPort(target);
        }),
      )
      .filter((found) => found !== undefined);
  }

  #forward(route: Route, socket: Socket): void {
    const [target] = this.#targets(route);
    if (target === undefined) {
      socket.destroy();
      return;
    }
    const backend = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true });
    for (const [one, other] of [
      [socket, backend],
      [backend, socket],
    ] as const) {
      this.#connections.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        this.#connections.delete(one);
        // After a proper end the pipe ends the other side, once everything is written.
        if (!one.readableEnded) other.destroy();
      });
      one.pipe(other);
    }
  }
}

function key({ metadata }: ApiObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

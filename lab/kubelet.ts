import { follow } from "./follow.js";
import type { ApiObject } from "./api-client.js";
import { nodeName } from "./control-plane.js";
import type { Pod } from "./pod.js";
import { RealPod, type PodHost } from "./real-pod.js";

/** What the kubelet of one cluster needs. */
export interface KubeletOptions extends Omit<PodHost, "podIP" | "routes"> {
  /** Namespaces whose pods run as processes; kwok calls all others Running. */
  readonly namespaces: readonly string[];
}

/** A running controller. */
export interface Program {
  /** Name of the part, for example `source-controller`. */
  readonly program: string;
  readonly pod: string;
  readonly pid: number | undefined;
}

/**
 * The lab's part of a kubelet: runs the pods of some namespaces as processes of this machine, exactly as
 * the API server describes them, and reports what really happens to them.
 */
export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #pods = new Map<string, RealPod>();
  readonly #names = new Map<string, string>();
  readonly #leaving = new Set<Promise<void>>();
  #watching: AbortController | undefined;
  #addresses = 0;

  constructor(options: KubeletOptions) {
    this.#options = options;
  }

  /** Begins to follow pods and Services; survives outages of the API server. */
  start(): void {
    if (this.#watching !== undefined) return;
    const { signal } = (this.#watching = new AbortController());
    const { client, namespaces, router } = this.#options;
    for (const namespace of namespaces) {
      const path = `/api/v1/namespaces/${namespace}`;
      void follow(
        client,
        `${path}/services`,
        {
          changed: (service) => void router.serviceChanged(service),
          gone: (service) => {
            router.serviceGone(service);
          },
        },
        signal,
      );
      void follow(
        client,
        `${path}/pods`,
        {
          changed: (pod) => {
            this.#changed(pod);
          },
          gone: (pod) => {
            this.#gone(pod);
          },
        },
        signal,
      );
    }
  }

  /** Ends every pod's processes, as when the machine is switched off; nothing is reported. */
  async stop(graceMs: number): Promise<void> {
    this.#watching?.abort();
    this.#watching = undefined;
    const pods = [...this.#pods.values()];
    this.#pods.clear();
    this.#names.clear();
    await Promise.all([...pods.map((pod) => pod.stop(graceMs)), ...this.#leaving]);
    this.#options.router.reset();
  }

  /** Every program that should run, with its process while it does. */
  programs(): readonly Program[] {
    return [...this.#pods].flatMap(([uid, pod]) =>
      pod.programs().map((one) => ({ ...one, pod: this.#names.get(uid) ?? uid })),
    );
  }

  #changed(object: ApiObject): void {
    const pod = asPod(object);
    const uid = object.metadata.uid ?? "";
    if (pod?.spec.nodeName !== nodeName) return;
    const known = this.#pods.get(uid);
    if (known !== undefined) {
      known.changed(pod);
      return;
    }
    const number = ++this.#addresses % 65_000;
    const podIP = `10.245.${String(number >> 8)}.${String(number & 0xff || 1)}`;
    const { namespaces } = this.#options;
    const real = new RealPod(pod, {
      ...this.#options,
      podIP,
      routes: (namespace) => namespaces.includes(namespace),
    });
    this.#pods.set(uid, real);
    this.#names.set(uid, pod.metadata.name);
    real.start();
  }

  #gone({ metadata }: ApiObject): void {
    const uid = metadata.uid ?? "";
    const pod = this.#pods.get(uid);
    this.#pods.delete(uid);
    this.#names.delete(uid);
    if (pod === undefined) return;
    const leaving = pod.stop(0).finally(() => this.#leaving.delete(leaving));
    this.#leaving.add(leaving);
  }
}

function asPod(object: ApiObject): Pod | undefined {
  const { spec } = object;
  if (typeof spec !== "object" || spec === null || !("containers" in spec)) return undefined;
  // A Pod of the API server always has containers; the fields of a Pod are typed from here on.
  return object as Pod;
}

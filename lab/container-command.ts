import {
  ContainerConfigError,
  containerEnvironment,
  expand,
  type ValueSources,
} from "./container-environment.js";
import { containerPort, type Container, type Pod } from "./pod.js";

/** What a container may ask of the machine it runs on. */
export interface Surroundings extends ValueSources {
  /** The port of 127.0.0.1 on which the process stands in for a port of the container. */
  readonly hostPort: (containerPort: number) => Promise<number>;
  /** The directory behind a volume of the pod. */
  readonly volume: (name: string) => string;
  /** `127.0.0.1:port` behind a port of a Service, or `undefined` for a Service the lab does not route. */
  readonly service: (namespace: string, name: string, port: number) => Promise<string | undefined>;
}

/** A container as a process of this machine. */
export interface HostCommand {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Flags that set a listening address, with the port each controller listens on by default. */
const listeners: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "source-controller": { "storage-addr": 9090 },
  "source-watcher": { "storage-addr": 9090 },
  "notification-controller": { "events-addr": 9090, receiverAddr: 9292 },
};
/** Flags that name a directory of a volume, with what each controller takes without them. */
const directories: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "image-reflector-controller": { "storage-path": "/data" },
};
const everyListener: Readonly<Record<string, number>> = {
  "metrics-addr": 8080,
  "health-addr": 9440,
};

const serviceName =
  /\b([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.svc(?:\.cluster\.local)?\.?(?::(\d+))?/g;

/**
 * Turns a container into the arguments and environment of a host process. Everything is taken as the
 * pod says it; only addresses, ports and paths of mounted volumes are translated to this machine's, and
 * leader election is off.
 * @param program - the controller's name, which decides its listening flags
 * @throws {@link ContainerConfigError}
 */
export async function hostCommand(
  pod: Pod,
  container: Container,
  program: string,
  surroundings: Surroundings,
): Promise<HostCommand> {
  const declared = await containerEnvironment(pod, container, surroundings);
  const translate = async (value: string): Promise<string> =>
    mounted(container, await routed(value, surroundings), surroundings);
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(declared)) env[name] = await translate(value);
  const expanded = (container.args ?? []).map((arg) => expand(arg, declared));
  const alone = withDirectories(program, expanded.map(withoutElection));
  const listening = await withListeners(program, alone, surroundings);
  const args = await Promise.all(listening.map(translate));
  return { args, env };
}

/** The port of this machine that a probe of the container must ask. */
export async function probedPort(
  container: Container,
  port: string | number,
  surroundings: Surroundings,
): Promise<number> {
  const number = containerPort(container, port);
  if (number === undefined) {
    throw new ContainerConfigError(
      `container "${container.name}": no port is named "${String(port)}"`,
    );
  }
  return surroundings.hostPort(number);
}

/**
 * Leader election is the one thing that a process outside a pod cannot do: controller-runtime reads the
 * namespace of its lease from a fixed path, `/var/run/secrets/kubernetes.io/serviceaccount/namespace`.
 */
function withoutElection(arg: string): string {
  return /^--enable-leader-election(=true)?$/.test(arg) ? "--enable-leader-election=false" : arg;
}

/** A directory that is not named would be one of this machine, shared by every cluster. */
function withDirectories(program: string, args: readonly string[]): readonly string[] {
  const missing = Object.entries(directories[program] ?? {}).filter(
    ([flag]) => !args.some((arg) => arg === `--${flag}` || arg.startsWith(`--${flag}=`)),
  );
  return [...args, ...missing.map(([flag, path]) => `--${flag}=${path}`)];
}

async function withListeners(
  program: string,
  args: readonly string[],
  { hostPort }: Surroundings,
): Promise<readonly string[]> {
  const result = [...args];
  for (const [flag, port] of Object.entries({ ...everyListener, ...listeners[program] })) {
    const address = async (value: string): Promise<string> => {
      const chosen = /:(\d+)$/.exec(value)?.[1];
      // "0" and an empty address switch a listener off.
      return chosen === undefined ? value : `127.0.0.1:${String(await hostPort(Number(chosen)))}`;
    };
    const index = result.findLastIndex(
      (arg) => arg === `--${flag}` || arg.startsWith(`--${flag}=`),
    );
    const given = result[index];
    if (given === undefined) {
      result.push(`--${flag}=${await address(`:${String(port)}`)}`);
    } else if (given.includes("=")) {
      result[index] = `--${flag}=${await address(given.slice(flag.length + 3))}`;
    } else {
      result[index + 1] = await address(result[index + 1] ?? "");
    }
  }
  return result;
}

async function routed(value: string, { service }: Surroundings): Promise<string> {
  let result = "";
  let end = 0;
  for (const match of value.matchAll(serviceName)) {
    const [whole, name = "", namespace = "", port = "80"] = match;
    const address = await service(namespace, name, Number(port));
    result += value.slice(end, match.index) + (address ?? whole);
    end = match.index + whole.length;
  }
  return result + value.slice(end);
}

function mounted(container: Container, value: string, { volume }: Surroundings): string {
  const flag = /^--[^=]+=/.exec(value)?.[0] ?? "";
  const target = value.slice(flag.length);
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    if (target === mountPath || target.startsWith(`${mountPath}/`)) {
      return flag + volume(name) + target.slice(mountPath.length);
    }
  }
  return value;
}

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { partPath } from "./parts/index.js";
import { createPorts } from "./ports.js";
import { createProcessTable } from "./processes.js";
import { registryContent, type RegistryContent } from "./registry-content.js";
import { labsRoot } from "./state.js";

/** A running OCI registry: Debian's docker-registry on 127.0.0.1, over HTTP and open to everybody. */
export interface LabRegistry extends RegistryContent {
  /** As it stands in references: `127.0.0.1:20123`. Flux needs `insecure: true` for it. */
  readonly host: string;
  /** Puts it out of reach; what was pushed stays. */
  stop(): Promise<void>;
  /** Starts it again at the same address. */
  start(): Promise<void>;
  /** Ends it and removes what was pushed. */
  close(): Promise<void>;
}

const startLimitMs = 20_000;

/**
 * Starts an empty registry that ends with this process at the latest. The part `docker-registry` must be built.
 * @throws when it does not answer
 */
export async function startRegistry(): Promise<LabRegistry> {
  const directory = await mkdtemp(path.join(labsRoot(), "fleet-registry-"));
  const ports = createPorts();
  const processes = createProcessTable(directory);
  const host = `127.0.0.1:${String(await ports.reserve())}`;
  const config = path.join(directory, "config.json");
  const storage = path.join(directory, "storage");
  await mkdir(storage);
  // JSON is YAML.
  const settings = {
    version: 0.1,
    log: { level: "warn", accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: host },
  };
  await writeFile(config, JSON.stringify(settings));
  const url = `http://${host}`;
  const answers = async (): Promise<boolean> =>
    await fetch(`${url}/v2/`).then(
      ({ ok }) => ok,
      () => false,
    );
  const start = async (): Promise<void> => {
    if (processes.running().length > 0) return;
    const server = processes.start({
      name: "registry",
      command: partPath("docker-registry"),
      args: ["serve", config],
      env: { HOME: directory, OTEL_TRACES_EXPORTER: "none" },
      directory,
      logFile: path.join(directory, "registry.log"),
    });
    const deadline = Date.now() + startLimitMs;
    while (!(await answers())) {
      if (!server.isRunning() || Date.now() > deadline) {
        throw new Error(`The registry does not answer at ${host}.`);
      }
      await sleep(20);
    }
  };
  await start();
  return {
    ...registryContent(url),
    host,
    start,
    stop: () => processes.killAll(),
    async close() {
      await processes.killAll();
      ports.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

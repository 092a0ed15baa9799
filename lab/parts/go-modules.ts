import path from "node:path";
import type { ModuleFolder } from "./extract.js";
import { moduleFolder } from "./keys.js";
import {
  componentModule,
  data,
  fluxComponents,
  parts,
  type DataName,
  type GoPart,
  type ModuleName,
  type PartName,
} from "./parts.js";
import { labHome } from "./paths.js";
import { run } from "./run.js";

/** Modules whose folders are read for data, besides those that are compiled. */
const readModules: Partial<Record<ModuleName, readonly string[]>> = {
  kubernetes: ["sigs.k8s.io/kwok"],
  "flux-cli": [
    "github.com/fluxcd/flux2/v2",
    ...fluxComponents.map(({ name }) => componentModule(name)),
  ],
};

/** The environment of every `go` command: own caches, no other toolchain, the committed checksums as they are. */
export function goEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    GOMODCACHE: path.join(labHome(), "build", "modules"),
    GOCACHE: path.join(labHome(), "build", "compile"),
    GOTOOLCHAIN: "local",
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
    CGO_ENABLED: "0",
  };
  delete environment.GOINSECURE;
  return environment;
}

/** Downloads of pinned modules, started early and awaited where they are needed. */
export class GoModules {
  readonly environment = goEnvironment();
  private readonly downloads = new Map<ModuleName, Promise<unknown>>();

  constructor(private readonly signal: AbortSignal | undefined) {}

  /** Starts to download what the given parts and data need, one `go` per module. */
  startDownloads(partsToBuild: readonly PartName[], dataToMake: readonly DataName[]): void {
    const wanted = partsToBuild.map((name) => parts[name]).filter((part) => part.kind === "go");
    const modules = new Set([
      ...wanted.map((part) => part.module),
      ...dataToMake.map((name) => data[name].module),
    ]);
    for (const module of modules) {
      const download = this.download(
        module,
        wanted.filter((part) => part.module === module),
      );
      // Awaited in `downloaded`; until then a failure must not end the process.
      download.catch(() => undefined);
      this.downloads.set(module, download);
    }
  }

  /** Waits for a module's download and answers the folder with its `go.mod`. */
  async downloaded(module: ModuleName): Promise<string> {
    await this.downloads.get(module);
    return moduleFolder(module);
  }

  /** Waits until no download runs any more, whatever became of it. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.downloads.values());
  }

  private async download(module: ModuleName, wanted: readonly GoPart[]): Promise<void> {
    const options = {
      cwd: moduleFolder(module),
      env: this.environment,
      log: path.join(labHome(), "build", "logs", `download-${module}.log`),
      purpose: `download the modules of lab/parts/go/${module}`,
      signal: this.signal,
    };
    const read = readModules[module];
    if (read !== undefined) await run("go", ["mod", "download", ...read], options);
    // The Flux CLI is built by its own go.mod, once it is staged.
    if (wanted.length === 0 || module === "flux-cli") return;
    const tags = [...new Set(wanted.flatMap((part) => part.tags))];
    const mains = wanted.map((part) => part.main);
    // Lists, unlike `go mod download`, fetch only modules that are compiled.
    await run("go", ["list", "-tags", tags.join(","), "-deps", ...mains], options);
  }
}

/** Where the modules of {@link readModules} lie in the module cache, once downloaded. */
export async function goModuleFolders(
  module: ModuleName,
  modules: GoModules,
  signal: AbortSignal | undefined,
): Promise<ModuleFolder> {
  const output = await run("go", ["mod", "download", "-json", ...(readModules[module] ?? [])], {
    cwd: moduleFolder(module),
    env: modules.environment,
    log: path.join(labHome(), "build", "logs", `download-${module}.log`),
    purpose: `find the module folders of lab/parts/go/${module}`,
    signal,
  });
  const folders = new Map<string, string>();
  for (const text of output.toString("utf8").split(/(?<=^\})$/m)) {
    if (text.trim() === "") continue;
    const entry = JSON.parse(text) as { Path: string; Dir: string };
    folders.set(entry.Path, entry.Dir);
  }
  return (modulePath) => {
    const folder = folders.get(modulePath);
    if (folder === undefined) throw new Error(`No folder is known for the module "${modulePath}".`);
    return folder;
  };
}

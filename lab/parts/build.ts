import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { extractCrds, extractKwokStages, removeTree, writeFolder } from "./extract.js";
import { embeddedManifests, stageFluxCli, type KustomizeBuild } from "./flux-cli.js";
import { writeInstallManifests } from "./flux-install.js";
import { goModuleFolders, GoModules } from "./go-modules.js";
import { goToolchain } from "./go-toolchain.js";
import { commonBuildFlags, linkerFlags, pinnedVersion } from "./keys.js";
import { buildLock, dropCaches } from "./prune.js";
import { acquireLock } from "./lock.js";
import {
  componentModule,
  data,
  dataNames,
  fluxComponents,
  partNames,
  parts,
  type DataName,
  type PartName,
} from "./parts.js";
import {
  currentPins,
  dataPath,
  installManifestPath,
  labHome,
  partPath,
  partVersion,
} from "./paths.js";
import { fetchPyYaml } from "./pyyaml.js";
import { fetchRegistry } from "./registry.js";
import { run } from "./run.js";

/** How {@link buildParts} reports and stops. */
export interface BuildOptions {
  /** Called with one line per step, starting with the elapsed seconds. */
  onProgress?: (line: string) => void;
  signal?: AbortSignal;
  /** Keeps the module and compile caches, several gigabytes, for a quicker next build. @default false */
  keepCaches?: boolean;
}

/**
 * Builds what is missing of the named parts and data, and the data that comes with the parts. What is there already stays
 * untouched, an interrupted build goes on where it stopped, and a second process that wants the same parts waits for the
 * first.
 * @throws {@link GoToolchainError} when Go is missing
 * @throws Error with the last lines of output and the path of the log when a step fails
 */
export async function buildParts(
  names: readonly (PartName | DataName)[] | "all",
  options: BuildOptions = {},
): Promise<void> {
  const plan = planFor(names);
  if (isDone(plan)) return;
  goToolchain();
  const start = Date.now();
  const say = (text: string): void => {
    const seconds = Math.round((Date.now() - start) / 1000);
    options.onProgress?.(`${String(seconds).padStart(5)} s  ${text}`);
  };
  const lock = await acquireLock(buildLock(), {
    onWait: (pid) => {
      say(`waiting for process ${String(pid)}, which is building parts`);
    },
    noLongerNeeded: () => isDone(plan),
    signal: options.signal,
  });
  if (lock === undefined) return;
  try {
    if (isDone(plan)) return;
    await new Build(plan, say, options.signal).run();
    if (options.keepCaches !== true) {
      say("dropping the caches");
      await dropCaches();
    }
    say("done");
  } finally {
    lock.release();
  }
}

/** What to build, with everything it needs. */
export interface Plan {
  readonly parts: readonly PartName[];
  readonly data: readonly DataName[];
}

/** Adds the data that comes with the wanted parts, and the parts that are run to make the data. */
export function planFor(names: readonly (PartName | DataName)[] | "all"): Plan {
  const wanted = new Set(names === "all" ? partNames : names);
  const dataToo = dataNames.filter(
    (one) => wanted.has(one) || data[one].comesWith.some((part) => wanted.has(part)),
  );
  for (const need of dataToo.flatMap((one) => data[one].needs)) wanted.add(need);
  return { parts: partNames.filter((name) => wanted.has(name)), data: dataToo };
}

function isDone(plan: Plan): boolean {
  return (
    plan.parts.every((name) => existsSync(partPath(name))) &&
    plan.data.every((name) => existsSync(dataPath(name)))
  );
}

class Build {
  private readonly modules: GoModules;
  private stagedFlux: Promise<string> | undefined;

  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;

  constructor(
    private readonly plan: Plan,
    private readonly say: (text: string) => void,
    signal: AbortSignal | undefined,
  ) {
    this.signal = AbortSignal.any([this.stop.signal, ...(signal === undefined ? [] : [signal])]);
    this.modules = new GoModules(this.signal);
  }

  /** Downloads side by side; builds one after the other, because the compiler uses all cores by itself. */
  async run(): Promise<void> {
    const missing = this.plan.parts.filter((name) => !existsSync(partPath(name)));
    const missingData = this.plan.data.filter((name) => !existsSync(dataPath(name)));
    this.say(`missing: ${[...missing, ...missingData].join(", ")}`);
    this.modules.startDownloads(missing, missingData);
    const packages = this.fetchPackages(missing);
    // Awaited below; until then a failure must not end the process.
    packages.catch(() => undefined);
    try {
      for (const name of missing) await this.buildPart(name);
      for (const name of missingData) await this.makeData(name);
      await packages;
    } finally {
      // After a failure nothing may go on writing once the lock is given back.
      this.stop.abort();
      await Promise.allSettled([packages, this.modules.settled()]);
    }
  }

  /** One after the other, because apt-get locks its folders. */
  private async fetchPackages(missing: readonly PartName[]): Promise<void> {
    if (missing.includes("pyyaml")) await fetchPyYaml(this.signal);
    if (missing.includes("docker-registry")) await fetchRegistry(this.signal);
  }

  private async buildPart(name: PartName): Promise<void> {
    const part = parts[name];
    if (part.kind !== "go") return;
    this.say(`${name}: waiting for its modules`);
    const folder = await this.modules.downloaded(part.module);
    const cwd = part.module === "flux-cli" ? await this.stageFlux() : folder;
    this.say(`${name}: building ${partVersion(name)}`);
    const started = Date.now();
    const target = partPath(name);
    const draft = `${target}.${String(process.pid)}.draft`;
    // What a killed build left behind; the lock says that nobody else is writing here.
    removeTree(path.dirname(target));
    mkdirSync(path.dirname(target), { recursive: true });
    const tags = part.tags.length > 0 ? ["-tags", part.tags.join(",")] : [];
    const ldflags = ["-ldflags", linkerFlags(part, currentPins(part.module)).join(" ")];
    // A large part compiles for minutes without a word.
    const pulse = setInterval(() => {
      this.say(`${name}: still building`);
    }, 60_000);
    try {
      await run("go", ["build", ...commonBuildFlags, ...tags, ...ldflags, "-o", draft, part.main], {
        cwd,
        env: this.modules.environment,
        log: this.log(name),
        purpose: `build ${name}`,
        signal: this.signal,
      });
      renameSync(draft, target);
    } finally {
      clearInterval(pulse);
      rmSync(draft, { force: true });
    }
    this.say(`${name}: built in ${String(Math.round((Date.now() - started) / 1000))} s`);
  }

  private async makeData(name: DataName): Promise<void> {
    this.say(`${name}: extracting`);
    await this.modules.downloaded(data[name].module);
    const folders = await goModuleFolders(data[name].module, this.modules, this.signal);
    await writeFolder(dataPath(name), async (draft) => {
      if (name === "kwok-stages") extractKwokStages(folders, draft);
      else if (name === "crds") extractCrds(folders, draft);
      else await this.makeInstallManifests(draft);
    });
  }

  private async makeInstallManifests(draft: string): Promise<void> {
    const version = partVersion("flux");
    const scratch = path.join(labHome(), "build", "install");
    removeTree(scratch);
    const pins = currentPins("flux-cli");
    await writeInstallManifests(
      {
        staged: path.join(await this.stageFlux(), embeddedManifests),
        version,
        componentVersion: (name) => pinnedVersion(pins, componentModule(name)).slice(1),
        kustomizeBuild: this.kustomizeBuild,
        scratch,
      },
      path.join(draft, path.basename(installManifestPath(version))),
    );
  }

  /** Answers the folder of flux2, staged once. */
  private stageFlux(): Promise<string> {
    this.stagedFlux ??= (async () => {
      this.say(`staging flux2 with the manifests of ${String(fluxComponents.length)} components`);
      await this.modules.downloaded("flux-cli");
      const folders = await goModuleFolders("flux-cli", this.modules, this.signal);
      const target = path.join(labHome(), "build", "flux2");
      await stageFluxCli(folders, this.kustomizeBuild, target);
      return target;
    })();
    return this.stagedFlux;
  }

  private readonly kustomizeBuild: KustomizeBuild = (folder) =>
    run(partPath("kustomize"), ["build", folder], {
      cwd: labHome(),
      log: this.log("kustomize-build"),
      purpose: `run kustomize build ${folder}`,
      signal: this.signal,
    });

  private log(name: string): string {
    return path.join(labHome(), "build", "logs", `${name}.log`);
  }
}

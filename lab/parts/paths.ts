import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { goToolchain, type GoToolchain } from "./go-toolchain.js";
import { dataKey, moduleFolder, partKey, pinnedVersion, readPins, type Pins } from "./keys.js";
import { data, partNames, parts, type DataName, type ModuleName, type PartName } from "./parts.js";

/** What is known about one part without building anything. */
export interface PartStatus {
  name: PartName;
  /** Without a leading v; "local" for a program of this repository, "distribution" for a Debian package. */
  version: string;
  present: boolean;
  /** Where the binary is, or will be. */
  path: string;
  estimatedMinutes: number;
  downloadMegabytes: number;
}

/** The folder of everything built: `PULUMI_FLUX_FLEET_LAB_HOME`, else `pulumi-flux-fleet-lab` in the user's cache folder. */
export function labHome(): string {
  const chosen = process.env.PULUMI_FLUX_FLEET_LAB_HOME;
  if (chosen !== undefined && chosen !== "") return path.resolve(chosen);
  const cache = process.env.XDG_CACHE_HOME;
  const base = cache !== undefined && cache !== "" ? cache : path.join(homedir(), ".cache");
  return path.join(base, "pulumi-flux-fleet-lab");
}

/** The absolute path of a part's binary, whether or not it exists yet. For `pyyaml` a launcher of `python3` that finds PyYAML. */
export function partPath(name: PartName): string {
  return path.join(labHome(), "parts", `${name}-${currentPartKey(name)}`, name);
}

/** The absolute path of a data folder, whether or not it exists yet. */
export function dataPath(name: DataName): string {
  return path.join(labHome(), "data", `${name}-${currentDataKey(name)}`);
}

/** The file with the objects that `flux install` of this version would apply; see `flux-install.ts` for its shape. */
export function installManifestPath(version: string): string {
  return path.join(dataPath("flux-install"), `flux-${version.replace(/^v/, "")}.json`);
}

/** What is built already and what building the rest would cost. Never fails for a missing Go: then nothing is present. */
export function partStatuses(names: readonly PartName[] = partNames): PartStatus[] {
  return names.map((name) => {
    const part = parts[name];
    const where = partPath(name);
    return {
      name,
      version: partVersion(name),
      present: existsSync(where),
      path: where,
      estimatedMinutes: part.minutes,
      downloadMegabytes: part.megabytes,
    };
  });
}

/** The pinned version of a part, without a leading v. */
export function partVersion(name: PartName): string {
  const part = parts[name];
  if (part.kind === "debian") return "distribution";
  if (part.versionOf === null) return "local";
  return pinnedVersion(currentPins(part.module), part.versionOf).replace(/^v/, "");
}

/** The key in a part's folder name. */
export function currentPartKey(name: PartName): string {
  const part = parts[name];
  const pins: Pins = part.kind === "go" ? currentPins(part.module) : new Map();
  return partKey(name, pins, toolchainOrNothing());
}

/** The key in a data folder's name. */
export function currentDataKey(name: DataName): string {
  const modules = data[name].needs.flatMap((need) => {
    const part = parts[need];
    return part.kind === "go" ? [part.module] : [];
  });
  return dataKey(name, [data[name].module, ...modules].map(currentPins));
}

const pinsOfModules = new Map<ModuleName, Pins>();

/** The committed pins of a module; read once per process. */
export function currentPins(module: ModuleName): Pins {
  const known = pinsOfModules.get(module) ?? readPins(moduleFolder(module));
  pinsOfModules.set(module, known);
  return known;
}

function toolchainOrNothing(): GoToolchain | undefined {
  try {
    return goToolchain();
  } catch {
    return undefined;
  }
}

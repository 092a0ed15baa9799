import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { GoToolchain } from "./go-toolchain.js";
import {
  data,
  parts,
  type DataName,
  type GoPart,
  type ModuleName,
  type PartName,
} from "./parts.js";

/** Flags of every `go build`. Part of each key. */
export const commonBuildFlags = [
  "-mod=readonly",
  "-buildvcs=false",
  "-trimpath",
  "-pgo=off",
] as const;

/** A module's folder content as far as it decides what is built: file name to text, sorted by name. */
export type Pins = ReadonlyMap<string, string>;

/** The folder with the committed `go.mod` and `go.sum` of one module. */
export function moduleFolder(module: ModuleName): string {
  return path.join(__dirname, "go", module);
}

/** Reads `go.mod`, `go.sum` and our own Go sources of one module. */
export function readPins(folder: string): Pins {
  const names = readdirSync(folder).filter((name) => /^go\.(mod|sum)$|\.go$/.test(name));
  return new Map(names.sort().map((name) => [name, readFileSync(path.join(folder, name), "utf8")]));
}

/** The version a module's `go.mod` requires of another module, as in `v1.36.2`. */
export function pinnedVersion(pins: Pins, modulePath: string): string {
  for (const line of (pins.get("go.mod") ?? "").split("\n")) {
    const [first, second] = line
      .trim()
      .replace(/^require /, "")
      .split(/\s+/);
    if (first === modulePath && second?.startsWith("v") === true) return second;
  }
  throw new Error(
    `go.mod does not require "${modulePath}". Add a require line with an exact version.`,
  );
}

/** The linker flags of a part with its version filled in. */
export function linkerFlags(part: GoPart, pins: Pins): string[] {
  const version = part.versionOf === null ? "" : pinnedVersion(pins, part.versionOf);
  const filled = part.ldflags.map((flag) =>
    flag.replaceAll("{version}", version).replaceAll("{bare-version}", version.replace(/^v/, "")),
  );
  return ["-s", "-w", ...filled];
}

/** Twelve hex digits over everything that decides the bytes of a part. */
export function partKey(name: PartName, pins: Pins, toolchain: GoToolchain | undefined): string {
  const part = parts[name];
  if (part.kind === "debian") return digest(["debian", ...part.packages]);
  return digest([
    toolchain?.version ?? "no go",
    toolchain?.platform ?? "no go",
    ...commonBuildFlags,
    part.main,
    part.tags.join(","),
    linkerFlags(part, pins).join(" "),
    ...pins.keys(),
    ...pins.values(),
  ]);
}

/**
 * Twelve hex digits over everything that decides the bytes of extracted data: the pins of its module and of the modules
 * whose parts are run to make it. Go's version is not among them, the data is the same with any.
 */
export function dataKey(name: DataName, pins: readonly Pins[]): string {
  const contents = pins.flatMap((one) => [...one.keys(), ...one.values()]);
  return digest([name, String(data[name].revision), ...contents]);
}

function digest(inputs: readonly string[]): string {
  const hash = createHash("sha256");
  for (const input of inputs) hash.update(`${String(input.length)}:${input}\n`);
  return hash.digest("hex").slice(0, 12);
}

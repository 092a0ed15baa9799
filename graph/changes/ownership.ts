import type { Finding } from "../../errors.js";
import { FleetError } from "../../errors.js";
import type { RecordedAge } from "./identities.js";

/** How far a tenant is on its way out. */
export type OffboardPhase = "active" | "orphaning" | "draining" | "releasing" | "gone";

/** Who applies a tenant; `leaving-flux`: Flux still does, and leaves the objects behind when it goes. */
export type RecordedApplier = "flux" | "leaving-flux" | "pulumi";

/** What the repository remembers about encrypted files. */
export interface RecordedSops {
  /** By path, what proves that the wrapped keys in the file are those that were written. */
  readonly files: Readonly<Record<string, string>>;
}

/** What the repository remembers about a cluster. */
export interface RecordedCluster {
  /** Directory of its root Kustomization. */
  readonly path: string;
  /** The Flux version that the commit installs; absent in files of older releases, as the next two. */
  readonly fluxVersion?: string;
  readonly ring?: string;
  readonly environment?: string;
  /** Its name in paths and keys; present when it was renamed since. */
  readonly firstName?: string;
  /** Present when nothing of it is in Git any more, so that it may be forgotten. */
  readonly retired?: true;
  /** Present when files are encrypted for it. */
  readonly age?: RecordedAge;
  /** How many generations of that identity the fleet made; absent when it made none. */
  readonly ageGeneration?: number;
}

/** What the repository remembers about a layer. */
export interface RecordedLayer {
  /** Clusters that apply it, sorted. */
  readonly clusters: readonly string[];
  /** Its name in Git and on the clusters; present when it was renamed since. */
  readonly firstName?: string;
}

/** What the repository remembers about a tenant. */
export interface RecordedTenant {
  /** Clusters it runs on, sorted. */
  readonly clusters: readonly string[];
  readonly namespace: string;
  readonly phase: OffboardPhase;
  /** How it leaves; present as soon as it does. */
  readonly offboard?: "drain" | "orphan";
  /** Present when its removal is refused. */
  readonly protect?: true;
  /** Who applies it. @default "flux", which is not written */
  readonly applier?: RecordedApplier;
  /** Its name in Git and on the clusters; present when it was renamed since. */
  readonly firstName?: string;
  /** Present when it has an identity of its own. */
  readonly age?: RecordedAge;
  /** How many generations of it the fleet made; absent when it made none. */
  readonly ageGeneration?: number;
}

/**
 * What the commit at head declares. It is the `record` of the ownership file,
 * `.flux-fleet/<owner>.json`, and so travels with every commit.
 */
export interface FleetRecord {
  readonly clusters: Readonly<Record<string, RecordedCluster>>;
  readonly layers: Readonly<Record<string, RecordedLayer>>;
  readonly tenants: Readonly<Record<string, RecordedTenant>>;
  /** Present when the fleet has encrypted files. */
  readonly sops?: RecordedSops;
}

const phases: readonly unknown[] = ["active", "orphaning", "draining", "releasing", "gone"];
const offboards: readonly unknown[] = [undefined, "drain", "orphan"];
const agePhases: readonly unknown[] = [undefined, "introducing", "reencrypting"];
const appliers: readonly unknown[] = [undefined, "flux", "leaving-flux", "pulumi"];

/**
 * Reads the record of an ownership file. What is damaged is refused, never read as empty: an empty
 * record would make every removal look like a first commit.
 *
 * @throws FleetError `OWNERSHIP_DAMAGED`, with every place that cannot be read
 */
export function parseFleetRecord(value: unknown, file: string): FleetRecord {
  const problems: string[] = [];
  const check = (ok: boolean, problem: string): void => {
    if (!ok) problems.push(problem);
  };
  const table = (name: string): readonly (readonly [string, Fields])[] => {
    const entries = isFields(value) && isFields(value[name]) ? Object.entries(value[name]) : [];
    check(isFields(value) && isFields(value[name]), `record.${name} is missing`);
    check(
      entries.every(([, entry]) => isFields(entry)),
      `record.${name} has an entry that is no object`,
    );
    return entries.flatMap(([key, entry]) => (isFields(entry) ? [[key, entry] as const] : []));
  };
  for (const [name, entry] of table("clusters")) {
    check(typeof entry["path"] === "string", `record.clusters.${name} has no path`);
    const { retired } = entry;
    check(retired === undefined || retired === true, `record.clusters.${name} has a wrong retired`);
    for (const key of ["fluxVersion", "ring", "environment", "firstName"]) {
      check(isOptionalText(entry[key]), `record.clusters.${name} has a wrong ${key}`);
    }
    check(isOptionalAge(entry["age"]), `record.clusters.${name} has a wrong age`);
    check(
      isOptionalCount(entry["ageGeneration"]),
      `record.clusters.${name} has a wrong ageGeneration`,
    );
  }
  for (const [name, entry] of table("layers")) {
    check(isTexts(entry["clusters"]), `record.layers.${name} has no clusters`);
    check(isOptionalText(entry["firstName"]), `record.layers.${name} has a wrong firstName`);
  }
  for (const [name, entry] of table("tenants")) {
    const { clusters, namespace, phase, offboard, protect, applier, firstName } = entry;
    check(isTexts(clusters), `record.tenants.${name} has no clusters`);
    check(typeof namespace === "string", `record.tenants.${name} has no namespace`);
    check(phases.includes(phase), `record.tenants.${name} has no known phase`);
    check(offboards.includes(offboard), `record.tenants.${name} leaves in an unknown way`);
    check(protect === undefined || protect === true, `record.tenants.${name} has a wrong protect`);
    check(appliers.includes(applier), `record.tenants.${name} has no known applier`);
    check(isOptionalText(firstName), `record.tenants.${name} has a wrong firstName`);
    check(isOptionalAge(entry["age"]), `record.tenants.${name} has a wrong age`);
    check(
      isOptionalCount(entry["ageGeneration"]),
      `record.tenants.${name} has a wrong ageGeneration`,
    );
  }
  const sops = isFields(value) ? value["sops"] : undefined;
  check(isOptionalSops(sops), "record.sops has no files, or one without proof");
  if (problems.length > 0) {
    throw new FleetError(problems.map((problem) => damaged(file, problem)));
  }
  return value as FleetRecord; // every field was looked at above
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

function isOptionalCount(value: unknown): boolean {
  return value === undefined || (Number.isSafeInteger(value) && Number(value) > 0);
}

function isOptionalAge(value: unknown): boolean {
  if (value === undefined) return true;
  if (!isFields(value) || typeof value["recipient"] !== "string") return false;
  return agePhases.includes(value["phase"]) && isOptionalText(value["next"]);
}

function isOptionalSops(value: unknown): boolean {
  if (value === undefined) return true;
  const files = isFields(value) ? value["files"] : undefined;
  return isFields(files) && Object.values(files).every((proof) => typeof proof === "string");
}

function damaged(file: string, problem: string): Finding {
  return {
    code: "OWNERSHIP_DAMAGED",
    path: file,
    problem: `${problem}.`,
    remedy: `Bring back the version of the last good commit: git log -- ${file}`,
  };
}

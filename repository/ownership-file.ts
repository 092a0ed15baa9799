import { FleetError } from "../errors.js";
import type { Finding } from "../errors.js";
import type { MarkerRecord } from "./marker-record.js";
import { parseMarkerRecord } from "./marker-record.js";

/** What one owner wrote, committed together with it as `.flux-fleet/<owner>.json`. */
export interface Ownership {
  readonly version: 1;
  readonly owner: string;
  /** Name and version of the library that rendered the tree. */
  readonly renderer: string;
  /** Every owned path with the name git gives to the text that was written. */
  readonly paths: Readonly<Record<string, string>>;
  /** What stands behind image markers, by path; absent when no file has one. */
  readonly markers?: MarkerRecord;
  /** The last commit of somebody else that changed this file, such as a revert, and that we then agreed with. */
  readonly acknowledged?: string;
  /** What the fleet model remembers; JSON, not looked into here. */
  readonly record: unknown;
}

/** The folder of all ownership files. */
export const ownershipFolder = ".flux-fleet";

/**
 * Where an owner's file is.
 *
 * @throws FleetError `OWNER_REFUSED` when the name cannot be a file name everywhere.
 */
export function ownershipPath(owner: string): string {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9_])?$/u.test(owner)) {
    const problem = `${JSON.stringify(owner.slice(0, 120))} cannot name an ownership file.`;
    const remedy = 'Use letters, digits, ".", "_" and "-", at most 100, first a letter or digit.';
    throw new FleetError([{ code: "OWNER_REFUSED", path: "name", problem, remedy }]);
  }
  return `${ownershipFolder}/${owner}.json`;
}

/** The owner whose file this path is; undefined for every other path. */
export function ownerOf(path: string): string | undefined {
  return /^\.flux-fleet\/([^/]+)\.json$/u.exec(path)?.[1];
}

/** The bytes of an ownership file: sorted, one path per line, so that its diff can be read. */
export function formatOwnership(ownership: Ownership): string {
  const { paths, markers, record, version, owner, renderer, acknowledged } = ownership;
  const lists = { paths: sorted(paths), markers: sorted(markers), record: sorted(record) };
  const ordered = { version, owner, renderer, acknowledged, ...lists };
  return `${JSON.stringify(ordered, null, 2)}\n`;
}

/**
 * Reads an ownership file. One that is damaged is refused, never taken for an empty one, because
 * then everything in the repository would belong to nobody.
 *
 * @throws FleetError `OWNERSHIP_DAMAGED`
 */
export function parseOwnership(text: string, path: string): Ownership {
  const damaged = (problem: string): FleetError => new FleetError([damage(path, problem)]);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(cause instanceof Error ? `It is not JSON: ${cause.message}.` : "It is not JSON.");
  }
  if (!isObject(value)) throw damaged("It holds no JSON object.");
  // JSON.parse keeps the last of two equal keys; what a merge left behind would be lost silently.
  const compact = text.replace(/("(?:[^"\\]|\\.)*")|\s+/gu, "$1");
  if (compact.length !== JSON.stringify(value).length) throw damaged("A key occurs twice in it.");
  const { version, owner, renderer, acknowledged, paths, markers, record, ...rest } = value;
  if (version !== 1) {
    throw damaged(`Its version is ${JSON.stringify(version)}; this library reads version 1.`);
  }
  const extra = Object.keys(rest)[0];
  if (extra !== undefined) throw damaged(`It has an unknown field ${JSON.stringify(extra)}.`);
  if (typeof owner !== "string" || owner !== ownerOf(path)) {
    throw damaged(`Its owner is ${JSON.stringify(owner)}, unlike its file name.`);
  }
  if (typeof renderer !== "string") throw damaged("It names no renderer.");
  if (acknowledged !== undefined && !isObjectName(acknowledged)) {
    throw damaged("acknowledged is not the name of a commit.");
  }
  if (!isObject(paths) || record === undefined) throw damaged("It lacks paths or record.");
  const owned: Record<string, string> = {};
  for (const [each, blob] of Object.entries(paths)) {
    if (!isObjectName(blob)) {
      throw damaged(`The entry of ${JSON.stringify(each)} is not the name of a file's text.`);
    }
    if (
      each === "" ||
      ownerOf(each) !== undefined ||
      /^\/|\/$|(?:^|\/)\.{1,2}(?:\/|$)/u.test(each)
    ) {
      throw damaged(`${JSON.stringify(each)} cannot be owned.`);
    }
    owned[each] = blob;
  }
  const remembered = markers === undefined ? undefined : parseMarkerRecord(markers);
  if (typeof remembered === "string") throw damaged(remembered);
  const optional = {
    ...(acknowledged === undefined ? {} : { acknowledged }),
    ...(remembered === undefined ? {} : { markers: remembered }),
  };
  return { version, owner, renderer, ...optional, paths: owned, record };
}

function damage(path: string, problem: string): Finding {
  const remedy = `Bring back the version of the last good commit: git log -- ${path}`;
  return { code: "OWNERSHIP_DAMAGED", path, problem, remedy };
}

function isObjectName(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{40}$/u.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  const keys = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}

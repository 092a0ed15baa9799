import { hasSetterMarker } from "../manifests/marker.js";
import { readMarkedText, withMarkedValues } from "../manifests/marked-text.js";
import type { MarkedText } from "../manifests/marked-text.js";
import type { Declaration } from "./compare.js";
import type { Head } from "./head.js";
import type { MarkerRecord, RememberedMarker } from "./marker-record.js";
import { partnersOf, writtenValue } from "./marker-record.js";
import { blobId } from "./object-id.js";
import type { DeclaredFile } from "./object-id.js";

/** Texts of files with markers, by path. */
export interface MarkerTexts {
  /** At the head, of those that are there and not as they are declared. */
  readonly atHead: ReadonlyMap<string, string>;
  /** As our last commit wrote them, of those that are not so any more. */
  readonly published: ReadonlyMap<string, string>;
  /** Before they were deleted, of those that are not at the head. */
  readonly deleted: ReadonlyMap<string, string>;
}

/** A declaration into which the values of image automation are merged. */
export interface SettledMarkers {
  /** All declared files, the values behind their markers as they have to be written. */
  readonly files: readonly DeclaredFile[];
  /** Head blobs of the files in which nothing but values behind markers changed since our last commit. */
  readonly automated: ReadonlyMap<string, string>;
  /** Those of them that are as they have to be, so that they alone are no reason for a commit. */
  readonly kept: ReadonlySet<string>;
  /** What the next commit remembers. */
  readonly record: MarkerRecord;
}

/** Paths that may carry markers: declared with some now, or when we last wrote them. */
export function markerPaths(files: readonly DeclaredFile[], head: Head): ReadonlySet<string> {
  const declared = files.filter(({ text }) => hasSetterMarker(text)).map(({ path }) => path);
  return new Set([...declared, ...Object.keys(head.published?.markers ?? {})]);
}

/**
 * Merges what image automation wrote into what is declared. The value at the head stays, except where the declaration
 * itself changed since our last commit: then the declared value is written, once.
 */
export function settleMarkers(
  { files }: Pick<Declaration, "files">,
  head: Head,
  texts: MarkerTexts,
): SettledMarkers {
  const paths = markerPaths(files, head);
  const automated = new Map<string, string>();
  const kept = new Set<string>();
  const record: Record<string, readonly RememberedMarker[]> = {};
  if (paths.size === 0) return { files, automated, kept, record };
  const read = reader();
  const atHead = new Map(texts.atHead);
  for (const { path, text } of files) {
    if (paths.has(path) && head.files.get(path)?.blob === blobId(text)) atHead.set(path, text);
  }
  for (const path of paths) {
    const blob = automatedBlob(path, head, { ...texts, atHead }, read);
    if (blob !== undefined) automated.set(path, blob);
  }
  const leaving = leavingValues(files, head, texts, read);
  const surroundings = { head, texts: { ...texts, atHead }, leaving, read };
  const settled = files.map((file): DeclaredFile => {
    const { path, unknown } = file;
    const remembered = head.published?.markers?.[path] ?? [];
    if (!paths.has(path)) return file;
    if (unknown === true) {
      if (remembered.length > 0) record[path] = remembered;
      return file;
    }
    const declared = read(file.text);
    if (declared === undefined || declared.fields.length === 0) return file;
    const { text, values } = merged(file, declared, surroundings);
    const next = declared.fields.map(({ marker, value }, index): RememberedMarker => {
      const written = values[index] ?? value;
      return { marker, declared: value, ...(written === value ? {} : { written }) };
    });
    record[path] = next;
    const isSame = automated.get(path) === blobId(text) && sameDeclared(next, remembered);
    if (isSame) kept.add(path);
    return { path, text };
  });
  return { files: settled, automated, kept, record };
}

type Read = (text: string | undefined) => MarkedText | undefined;

/** Each text is parsed once. */
function reader(): Read {
  const known = new Map<string, MarkedText | undefined>();
  return (text) => {
    if (text === undefined) return undefined;
    if (!known.has(text)) known.set(text, readMarkedText(text));
    return known.get(text);
  };
}

function automatedBlob(
  path: string,
  head: Head,
  texts: MarkerTexts,
  read: Read,
): string | undefined {
  const entry = head.files.get(path);
  const written = head.published?.paths[path];
  if (entry?.mode !== "100644" || written === undefined || entry.blob === written) return undefined;
  const now = read(texts.atHead.get(path));
  const before = read(texts.published.get(path));
  const isAutomated = now !== undefined && now.fields.length > 0 && now.rest === before?.rest;
  return isAutomated ? entry.blob : undefined;
}

interface Surroundings {
  readonly head: Head;
  readonly texts: MarkerTexts;
  readonly leaving: ReadonlyMap<string, string | undefined>;
  readonly read: Read;
}

function merged(
  { path, text }: DeclaredFile,
  declared: MarkedText,
  { head, texts, leaving, read }: Surroundings,
): { readonly text: string; readonly values: readonly string[] } {
  const textAtHead = texts.atHead.get(path);
  const atHead = read(textAtHead);
  const remembered = partnersOf(declared.fields, head.published?.markers?.[path] ?? []);
  const present = partnersOf(declared.fields, atHead?.fields ?? []);
  const deleted = partnersOf(declared.fields, read(texts.deleted.get(path))?.fields ?? []);
  const values = declared.fields.map(({ marker, value }, index) => {
    const before = remembered[index];
    if (before !== undefined && before.declared !== value) return value;
    const last = before === undefined ? undefined : writtenValue(before);
    const other = leaving.get(`${clusterOf(path)} ${marker}`);
    return present[index]?.value ?? deleted[index]?.value ?? last ?? other ?? value;
  });
  const written = withMarkedValues(text, declared, values);
  // What writes behind markers may lay the file out anew; that is no reason to write it again.
  const isOwned = head.published?.paths[path] !== undefined;
  const isSame =
    isOwned &&
    atHead?.rest === declared.rest &&
    atHead.fields.every(({ value }, index) => value === values[index]);
  return { text: isSame && textAtHead !== undefined ? textAtHead : written, values };
}

function sameDeclared(
  next: readonly RememberedMarker[],
  before: readonly RememberedMarker[],
): boolean {
  const declared = (list: readonly RememberedMarker[]): string =>
    JSON.stringify(list.map((each) => [each.marker, each.declared]));
  return declared(next) === declared(before);
}

/**
 * Values of markers in files that leave, so that a file under a new name keeps them; none where they disagree. Only within
 * one cluster's directories: another cluster may be on another version on purpose.
 */
function leavingValues(
  files: readonly DeclaredFile[],
  head: Head,
  texts: MarkerTexts,
  read: Read,
): ReadonlyMap<string, string | undefined> {
  const values = new Map<string, string | undefined>();
  const declared = new Set(files.map(({ path }) => path));
  for (const [path, remembered] of Object.entries(head.published?.markers ?? {})) {
    if (declared.has(path)) continue;
    const present = partnersOf(remembered, read(texts.atHead.get(path))?.fields ?? []);
    for (const [index, each] of remembered.entries()) {
      const key = `${clusterOf(path)} ${each.marker}`;
      const value = present[index]?.value ?? writtenValue(each);
      values.set(key, !values.has(key) || values.get(key) === value ? value : undefined);
    }
  }
  return values;
}

/** `clusters/production/eu-west-1` of a path in it. */
function clusterOf(path: string): string {
  return path.split("/").slice(0, 3).join("/");
}

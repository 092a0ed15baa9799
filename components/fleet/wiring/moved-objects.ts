import { parseAllDocuments } from "yaml";
import type { Finding } from "../../../errors.js";
import type { HeldObject } from "../../../graph/changes/moves.js";
import { moveFindings } from "../../../graph/changes/moves.js";
import type { FleetRecord } from "../../../graph/changes/ownership.js";
import { isWithin } from "../../../graph/overlaps.js";
import { fieldsOf } from "../../../graph/references/references.js";
import type { ChangePlan, HeadReader } from "../../../repository/index.js";
import { fluxNamespace } from "../../bootstrap/sync.js";
import type { WrittenObject } from "../hand-written/directories.js";
import { directoryReader } from "../hand-written/directories.js";
import type { RenderedFleet } from "../rendered.js";

/** A layer on a cluster, and the directory from which it is applied. */
interface LayerPlace {
  readonly cluster: string;
  readonly layer: string;
  /** Without leading `./`. */
  readonly directory: string;
}

/**
 * The findings about objects that move from one layer to another in this commit. Read are the files
 * that change, which the comparison has read already, and the directory of a layer that gets another
 * one or leaves a cluster; nothing else can move.
 */
export async function movedObjects(
  {
    record,
    reader,
  }: { readonly record: FleetRecord | undefined; readonly reader: HeadReader | undefined },
  plan: ChangePlan | undefined,
  rendered: RenderedFleet,
): Promise<readonly Finding[]> {
  if (record === undefined || reader === undefined || plan === undefined) return [];
  const touched = [...plan.change.changed, ...plan.change.removed];
  if (touched.length === 0) return [];
  const texts = new Map(rendered.files.map(({ path, text }) => [path as string, text]));
  const now = places(rendered.record, (file) => texts.get(file));
  const head = places(record, (file) => plan.before.get(file) ?? texts.get(file));
  const known = new Set(now.map(keyOf));
  const elsewhere = head.filter((place) => !known.has(keyOf(place)));
  const read = await folderReader(reader, elsewhere);
  const before = [
    ...head.flatMap((place) =>
      touched
        .filter((file) => holds(place, file))
        .flatMap((file) => held(place, documents(plan.before.get(file) ?? ""))),
    ),
    ...elsewhere.flatMap((place) => held(place, read(place.directory))),
  ];
  if (before.length === 0) return [];
  const after: HeldObject[] = [
    ...rendered.manifests.flatMap(({ object, cluster, appliedBy, part }) =>
      appliedBy === undefined ? [] : [{ object, cluster, kustomization: appliedBy, part }],
    ),
    ...(elsewhere.length === 0 ? [] : now.flatMap((place) => held(place, read(place.directory)))),
  ];
  return moveFindings(before, after);
}

/** Where the layers of a record are applied from, as their Kustomizations say. */
function places(
  { clusters, layers }: FleetRecord,
  textAt: (file: string) => string | undefined,
): readonly LayerPlace[] {
  return Object.entries(layers).flatMap(([name, { clusters: on, firstName: layer = name }]) =>
    on.flatMap((cluster): readonly LayerPlace[] => {
      const text = textAt(`${clusters[cluster]?.path ?? ""}/${layer}.yaml`) ?? "";
      // The field of the spec, as our own printer writes it; hundreds of files are looked at.
      const path = /^ {2}path: "?([^"\n]*)"?$/m.exec(text)?.[1];
      return path === undefined
        ? []
        : [{ cluster, layer, directory: path.replace(/^(\.?\/)+|^\.$/, "") }];
    }),
  );
}

function keyOf({ cluster, layer, directory }: LayerPlace): string {
  return `${cluster}\0${layer}\0${directory}`;
}

/** Whether a rendered file is applied by a layer: from its own directory, or from the base beside it. */
function holds({ directory }: LayerPlace, file: string): boolean {
  const root = /^(.*?)\/?overlays\/[^/]+$/.exec(directory)?.[1];
  const base = root === undefined ? undefined : root === "" ? "base" : `${root}/base`;
  return isWithin(file, directory) || (base !== undefined && isWithin(file, base));
}

/** A reader of what directories hold at the head; it reads the first folders of these places once. */
async function folderReader(
  reader: HeadReader,
  of: readonly LayerPlace[],
): Promise<(directory: string) => readonly WrittenObject[]> {
  const folders = new Set(of.map(({ directory }) => directory.split("/")[0] ?? ""));
  const paths = [...reader.head.files.keys()].filter(
    (path) =>
      /(?:\.ya?ml|\/Kustomization)$/.test(path) &&
      (folders.has("") || folders.has(path.split("/")[0] ?? "")),
  );
  const read = directoryReader(folders.size === 0 ? new Map() : await reader.readTexts(paths));
  return (directory) => read(directory, true).objects.map(({ object }) => object);
}

function held(
  { cluster, layer }: LayerPlace,
  objects: readonly WrittenObject[],
): readonly HeldObject[] {
  const kustomization = `${fluxNamespace}/${layer}`;
  return objects.map((object) => ({ object, cluster, kustomization, part: `layer "${layer}"` }));
}

/** The objects of a file that this library wrote. */
function documents(text: string): readonly WrittenObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const value: unknown = document.errors.length > 0 ? undefined : document.toJS();
    return isObject(value) ? [value] : [];
  });
}

function isObject(value: unknown): value is WrittenObject {
  const { apiVersion, kind, metadata } = fieldsOf(value);
  return (
    typeof apiVersion === "string" &&
    typeof kind === "string" &&
    typeof fieldsOf(metadata)["name"] === "string"
  );
}

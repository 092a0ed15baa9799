import type { SourceUse } from "../../../graph/secrets/flux-formats.js";
import { plainReasonAnnotation } from "../../../graph/secrets/plain-findings.js";
import { fieldsOf } from "../../../graph/references/references.js";
import { pathFrom } from "./paths.js";

/** A file or text that a kustomization file makes objects of, or changes objects with. */
export interface WrittenSource {
  readonly use: SourceUse;
  /** Its path; that of the kustomization file when it stands in there. */
  readonly file: string;
  /** The kustomization file. */
  readonly listing: string;
  /** The key of `files`, otherwise the path as it is written. */
  readonly name: string;
  /** Absent when the file is not among the texts. */
  readonly text?: string;
  /** What a patch changes, when it says so beside its text. */
  readonly target?: string;
  /** Why everybody may read it, as an annotation of the generator says. */
  readonly reason?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Everything that a kustomization file makes objects of, or changes objects with. */
export function kustomizeSources(
  list: Fields | undefined,
  listing: string,
  texts: ReadonlyMap<string, string>,
): readonly WrittenSource[] {
  if (list === undefined) return [];
  const directory = listing.split("/").slice(0, -1).join("/");
  const atFile = (use: SourceUse, path: string, name: string, more: More = {}): WrittenSource => {
    const file = pathFrom(directory, path);
    const text = texts.get(file);
    return { use, file, listing, name, ...(text === undefined ? {} : { text }), ...more };
  };
  const inline = (use: SourceUse, text: string, more: More = {}): WrittenSource => {
    return { use, file: listing, listing, name: listing, text, ...more };
  };
  const generated = (["secret", "config"] as const).flatMap((kind) =>
    mapsOf(list[`${kind === "secret" ? "secret" : "configMap"}Generator`]).flatMap((generator) => {
      const more = reasonOf(list, generator);
      return [
        ...textsOf(generator["files"]).map((entry) => {
          const [key = "", path = key] = splitOnce(entry);
          return atFile(`${kind}-file`, path, key, more);
        }),
        ...[...textsOf(generator["envs"]), ...textsOf([generator["env"]])].map((path) =>
          atFile(`${kind}-env`, path, path, more),
        ),
        ...(kind === "config"
          ? []
          : textsOf(generator["literals"]).map((text) => inline("secret-literal", text, more))),
      ];
    }),
  );
  const patches = (["patches", "patchesJson6902"] as const).flatMap((key) =>
    mapsOf(list[key]).flatMap(({ path, patch, target }) => {
      const kind = fieldsOf(target)["kind"];
      const more = typeof kind === "string" ? { target: kind } : {};
      return [
        ...(typeof path === "string" && !/^\w+:\/\//.test(path)
          ? [atFile(key === "patches" ? "patch" : "old-patch", path, path, more)]
          : []),
        ...(typeof patch === "string" ? [inline("inline-patch", patch, more)] : []),
      ];
    }),
  );
  const merged = textsOf(list["patchesStrategicMerge"]).map((entry) =>
    entry.includes("\n") ? inline("inline-patch", entry) : atFile("old-patch", entry, entry),
  );
  return [...generated, ...patches, ...merged];
}

type More = Pick<WrittenSource, "target" | "reason">;

/** The files that kustomization files name and that are no manifests, from the root. */
export function namedFiles(list: Fields, listing: string): readonly string[] {
  const directory = listing.split("/").slice(0, -1).join("/");
  return [
    ...kustomizeSources(list, listing, new Map()).map(({ file }) => file),
    ...textsOf(list["resources"])
      .filter((entry) => !/:\/\//.test(entry))
      .map((entry) => pathFrom(directory, entry)),
  ].filter((file) => file !== listing);
}

function reasonOf(list: Fields, generator: Fields): More {
  const annotations = [list["generatorOptions"], generator["options"]].map(
    (options) => fieldsOf(fieldsOf(options)["annotations"])[plainReasonAnnotation],
  );
  const reason = annotations.findLast((one) => typeof one === "string" && one.trim() !== "");
  return typeof reason === "string" ? { reason } : {};
}

function splitOnce(entry: string): readonly string[] {
  const at = entry.indexOf("=");
  return at < 0 ? [entry] : [entry.slice(0, at), entry.slice(at + 1)];
}

function mapsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

import { parseAllDocuments } from "yaml";
import type { Finding } from "../../../errors.js";
import type { ObjectIdentity } from "../../../graph/objects.js";
import { isCiphertext } from "../../../graph/secrets/encryption.js";
import { kustomizeSources } from "./kustomize-sources.js";
import type { WrittenSource } from "./kustomize-sources.js";
import { pathFrom } from "./paths.js";

/** An object found in a hand-written file. */
export interface WrittenObject extends ObjectIdentity {
  readonly [field: string]: unknown;
}

/** What a directory makes Flux apply, as far as it can be told without running kustomize. */
export interface WrittenDirectory {
  readonly objects: readonly { readonly file: string; readonly object: WrittenObject }[];
  /** Objects of which even the kind is encrypted. */
  readonly whole: readonly WrittenWhole[];
  /** What kustomization files make objects of, or change objects with. */
  readonly sources: readonly WrittenSource[];
  /** Text of every patch on the way, inline or in files. */
  readonly patches: readonly string[];
  /** What is wrong with the files; `path` is the file. */
  readonly findings: readonly Finding[];
}

/** An object of which even the kind is encrypted, so that nobody knows what it is. */
export interface WrittenWhole {
  readonly file: string;
  /** The value of `sops`. */
  readonly sops: unknown;
  /** What a kustomization file on the way adds to it. */
  readonly changedBy?: string;
}

type Fields = Readonly<Record<string, unknown>>;

const kustomizationNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

/** Whether a file is one that kustomize takes its list from. */
export function isListing(path: string): boolean {
  return (kustomizationNames as readonly string[]).includes(path.split("/").at(-1) ?? "");
}

const clusterScoped: ReadonlySet<string> = new Set([
  "APIService",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "IngressClass",
  "MutatingWebhookConfiguration",
  "Namespace",
  "PersistentVolume",
  "PriorityClass",
  "RuntimeClass",
  "StorageClass",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
]);

/**
 * A function that reads directories out of the given texts, each directory once. Only one that Flux
 * applies by itself may be without a kustomization file: kustomize takes no other as a resource.
 */
export function directoryReader(
  texts: ReadonlyMap<string, string>,
): (directory: string, isApplied?: boolean) => WrittenDirectory {
  const known = new Map<string, WrittenDirectory>();
  const files = filesByDirectory(texts);
  const read: Read = (directory, seen, isApplied) => {
    const key = `${String(isApplied)}\0${directory}`;
    const found = known.get(key) ?? readDirectory(directory, texts, files, seen, isApplied, read);
    known.set(key, found);
    return found;
  };
  return (directory, isApplied = true) => read(directory, new Set(), isApplied);
}

type Read = (directory: string, seen: ReadonlySet<string>, isApplied: boolean) => WrittenDirectory;

const nothing: WrittenDirectory = {
  ...{ objects: [], whole: [], sources: [], patches: [], findings: [] },
};

function readDirectory(
  directory: string,
  texts: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, readonly string[]>,
  seen: ReadonlySet<string>,
  isApplied: boolean,
  read: Read,
): WrittenDirectory {
  if (seen.has(directory)) {
    return { ...nothing, findings: [unreadable(directory, "Its resources form a circle.")] };
  }
  const within = new Set([...seen, directory]);
  const listing = kustomizationNames
    .map((name) => pathFrom(directory, name))
    .find((file) => texts.has(file));
  if (listing === undefined && !isApplied && files.has(directory)) {
    const problem = "It has no kustomization.yaml, so kustomize does not take it as a resource.";
    return { ...nothing, findings: [unreadable(directory, problem)] };
  }
  if (listing === undefined) {
    // Without a kustomization file Flux takes every YAML file below the directory.
    return merge((files.get(directory) ?? []).map((file) => readFile(file, texts.get(file) ?? "")));
  }
  let list: Fields | undefined;
  try {
    [list] = documents(texts.get(listing) ?? "");
  } catch (error) {
    return { ...nothing, findings: [notYaml(listing, error)] };
  }
  const entries = [...stringsOf(list, "resources"), ...stringsOf(list, "components")];
  const parts = entries.map((entry): WrittenDirectory => {
    if (/^[a-z+]+:\/\/|^git@|^github\.com\//i.test(entry)) {
      const problem = `It takes ${JSON.stringify(entry)} from another place, which lockdown blocks.`;
      return { ...nothing, findings: [unreadable(listing, problem)] };
    }
    const target = pathFrom(directory, entry);
    const text = texts.get(target);
    if (text !== undefined) return readFile(target, text);
    return files.has(target)
      ? read(target, within, false)
      : { ...nothing, findings: [unreadable(listing, `${JSON.stringify(entry)} does not exist.`)] };
  });
  const merged = merge([...parts, { ...nothing, objects: generated(list, listing) }]);
  const namespace = list?.["namespace"];
  const changedBy = changeOf(list, listing);
  const sources = kustomizeSources(list, listing, texts);
  return {
    ...merged,
    objects:
      typeof namespace === "string"
        ? merged.objects.map(({ file, object }) => ({
            file,
            object: inNamespace(object, namespace),
          }))
        : merged.objects,
    whole:
      changedBy === undefined ? merged.whole : merged.whole.map((one) => ({ ...one, changedBy })),
    sources: [...merged.sources, ...sources],
    patches: [...merged.patches, ...sources.flatMap(patchTexts)],
  };
}

/** Fields of a kustomization file that add to every object. */
const addingFields = [
  ...["namespace", "namePrefix", "nameSuffix", "commonLabels", "commonAnnotations", "labels"],
] as const;

function changeOf(list: Fields | undefined, listing: string): string | undefined {
  const field = addingFields.find((name) => list?.[name] !== undefined && list[name] !== "");
  return field === undefined ? undefined : `${field} of ${listing}`;
}

/** Text of a patch; its path when the text is not known. */
function patchTexts({ use, name, text }: WrittenSource): readonly string[] {
  if (use === "old-patch") return [text ?? name];
  return (use === "patch" || use === "inline-patch") && text !== undefined ? [text] : [];
}

/** ConfigMaps and Secrets that kustomize makes; their contents are in no file of their own. */
function generated(list: Fields | undefined, file: string): WrittenDirectory["objects"] {
  const kinds = { configMapGenerator: "ConfigMap", secretGenerator: "Secret" } as const;
  return Object.entries(kinds).flatMap(([key, kind]) => {
    const entries = list?.[key];
    if (!Array.isArray(entries)) return [];
    return entries.filter(isFields).flatMap(({ name, namespace, ...of }) =>
      typeof name === "string"
        ? [
            {
              file,
              object: {
                apiVersion: "v1",
                kind,
                metadata: { name, ...(typeof namespace === "string" ? { namespace } : {}) },
                ...(kind === "Secret" ? keysOfSecret(of) : {}),
              },
            },
          ]
        : [],
    );
  });
}

/** The keys of a generated Secret without their values, unless some stand in files of pairs. */
function keysOfSecret(generator: Fields): { readonly data?: Readonly<Record<string, string>> } {
  if (generator["envs"] !== undefined || generator["env"] !== undefined) return {};
  const names = [
    ...stringsOf(generator, "files").map((entry) => entry.split("=")[0]?.split("/").at(-1) ?? ""),
    ...stringsOf(generator, "literals").map((entry) => entry.split("=")[0] ?? ""),
  ];
  return { data: Object.fromEntries(names.map((name) => [name, ""])) };
}

function readFile(file: string, text: string): WrittenDirectory {
  try {
    const all = documents(text);
    const objects = all.filter(isObject);
    const whole = all.filter(({ kind }) => isCiphertext(kind));
    return {
      ...nothing,
      objects: objects.map((object) => ({ file, object })),
      whole: whole.map(({ sops }) => ({ file, sops })),
    };
  } catch (error) {
    return { ...nothing, findings: [notYaml(file, error)] };
  }
}

/** The documents of a file that are maps; lists of objects are taken apart. */
function documents(text: string): readonly Fields[] {
  const parsed = parseAllDocuments(text);
  return parsed.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    if (!isFields(value)) return [];
    return value["kind"] === "List" && Array.isArray(value["items"])
      ? value["items"].filter(isFields)
      : [value];
  });
}

function filesByDirectory(
  texts: ReadonlyMap<string, string>,
): ReadonlyMap<string, readonly string[]> {
  const files = new Map<string, string[]>();
  for (const file of [...texts.keys()].sort()) {
    const manifest = /\.ya?ml$/.test(file);
    for (let end = file.lastIndexOf("/"); ; end = file.lastIndexOf("/", end - 1)) {
      const directory = end < 0 ? "" : file.slice(0, end);
      const list = files.get(directory) ?? [];
      if (manifest) list.push(file);
      files.set(directory, list);
      if (end <= 0) break;
    }
  }
  return files;
}

function merge(parts: readonly WrittenDirectory[]): WrittenDirectory {
  return {
    objects: parts.flatMap(({ objects }) => objects),
    whole: parts.flatMap(({ whole }) => whole),
    sources: parts.flatMap(({ sources }) => sources),
    patches: parts.flatMap(({ patches }) => patches),
    findings: parts.flatMap(({ findings }) => findings),
  };
}

/** The object as `namespace` of a kustomization file or `targetNamespace` leaves it. */
export function inNamespace(object: WrittenObject, namespace: string): WrittenObject {
  return clusterScoped.has(object.kind)
    ? object
    : { ...object, metadata: { ...object.metadata, namespace } };
}

function notYaml(file: string, error: unknown): Finding {
  const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
  return unreadable(file, `It is not YAML: ${why}`);
}

function unreadable(file: string, problem: string): Finding {
  return {
    code: "UNREADABLE_DIRECTORY",
    path: file,
    problem,
    remedy: "Mend the file; Flux applies nothing of a directory that it cannot read.",
  };
}

function isObject(value: Fields): value is WrittenObject {
  const { apiVersion, kind, metadata } = value;
  const isKustomizeFile =
    typeof apiVersion === "string" && apiVersion.startsWith("kustomize.config.k8s.io/");
  return (
    typeof apiVersion === "string" &&
    typeof kind === "string" &&
    !isKustomizeFile &&
    !isCiphertext(kind) &&
    isFields(metadata) &&
    typeof metadata["name"] === "string"
  );
}

function stringsOf(fields: Fields | undefined, key: string): readonly string[] {
  const value = fields?.[key];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parse } from "yaml";
import type { FieldSchema, FluxKind, KindVersion } from "../../api/schema.js";
import { dataPath, partVersion } from "../../lab/parts/index.js";
import { currentPins } from "../../lab/parts/paths.js";
import { pinnedVersion } from "../../lab/parts/keys.js";
import { componentModule } from "../../lab/parts/parts.js";

/** Where the kinds of one controller come from. */
export interface ControllerSource {
  readonly version: string;
  /** SHA-256 of every CRD file, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** One controller's kinds and where they come from. */
export interface ControllerKinds {
  readonly source: ControllerSource;
  readonly kinds: Readonly<Record<string, FluxKind>>;
}

/** What CRDs were found for one Flux release, by controller. */
export interface ReleaseKinds {
  /** For example `2.9.4`. */
  readonly flux: string;
  readonly controllers: Readonly<Record<string, ControllerKinds>>;
}

interface Crd {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: FluxKind["names"];
    readonly versions: readonly (Omit<KindVersion, "schema"> & {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: FieldSchema };
    })[];
  };
}

/** The CRDs of `<directory>/<Flux version>/<controller>@<version>/*.yaml`. */
export function readReleases(directory: string): readonly ReleaseKinds[] {
  return readdirSync(directory)
    .sort()
    .map((flux) => {
      const controllers = readdirSync(join(directory, flux)).map((folder) => {
        const [name = "", version = ""] = folder.split("@");
        return [name, readController(join(directory, flux, folder), version)] as const;
      });
      return { flux, controllers: Object.fromEntries(controllers) };
    });
}

/** The CRDs of the pinned modules, as the lab extracted them; undefined when it has not. */
export function readModules(): ReleaseKinds | undefined {
  const directory = dataPath("crds");
  if (!existsSync(directory)) return undefined;
  const pins = currentPins("flux-cli");
  const controllers = readdirSync(directory).map((name) => {
    const version = pinnedVersion(pins, componentModule(name));
    return [name, readController(join(directory, name), version)] as const;
  });
  return { flux: partVersion("flux"), controllers: Object.fromEntries(controllers) };
}

function readController(directory: string, version: string): ControllerKinds {
  const files: Record<string, string> = {};
  const kinds: Record<string, FluxKind> = {};
  for (const file of readdirSync(directory).sort()) {
    const bytes = readFileSync(join(directory, file));
    files[basename(file)] = createHash("sha256").update(bytes).digest("hex");
    const kind = fluxKind(parse(bytes.toString("utf8")) as Crd); // what an API server calls a CRD
    kinds[kind.names.kind] = kind;
  }
  return { source: { version, files }, kinds };
}

/** A CRD without prose, its versions by name. */
export function fluxKind({ metadata, spec }: Crd): FluxKind {
  const versions = spec.versions.map(({ name, schema, ...version }) => {
    return [name, { ...version, schema: schema.openAPIV3Schema }] as const;
  });
  const { group, scope, names } = spec;
  const { annotations } = metadata;
  const kind = { group, scope, names, annotations, versions: Object.fromEntries(versions) };
  // A list, a map or a scalar without prose has the type that it had.
  return withoutProse(kind) as FluxKind;
}

function withoutProse(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutProse);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(
    // A field may be called "description"; prose is text.
    ([key, item]) =>
      item !== undefined &&
      !(typeof item === "string" && (key === "description" || key === "deprecationWarning")),
  );
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutProse(item)]));
}

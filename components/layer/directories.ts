import type { KubernetesObject } from "../../manifests/manifest.js";
import { sourcePath } from "../../manifests/repo-path.js";
import { platformServiceAccount } from "../bootstrap/lockdown.js";
import { fluxNamespace } from "../bootstrap/sync.js";
import type { FluxPlace } from "../flux-part.js";
import { fluxObjects, hasFluxParts } from "../flux-parts.js";
import type { LayerArgs, LayerContent, LayerOverlay } from "./layer.js";

/** What stands for the cluster's environment in the directory of a layer. */
export const environmentPlaceholder = "<environment>";

/** A layer under the name that it has in Git. */
export interface NamedLayer {
  readonly name: string;
  readonly args: LayerArgs<string>;
}

/** Whether the layer is rendered, rather than a directory that people wrote. */
export function isRendered({ base, overlays }: LayerArgs<unknown>): boolean {
  return base !== undefined || overlays !== undefined;
}

/** Where the layer is rendered or lies, as declared; the placeholder may be in it. */
export function layerRoot({ name, args }: NamedLayer): string {
  return args.directory ?? `./${name}`;
}

/** Where the files of a rendered layer begin, without leading `./`; "" is the repository. */
export function renderedRoot(layer: NamedLayer): string {
  const root = resolvedDirectory(layerRoot(layer), "");
  return root === "." ? "" : root;
}

/** What the Kustomization of the layer applies in an environment, without leading `./`. */
export function layerDirectory(layer: NamedLayer, environment: string): string {
  const root = resolvedDirectory(layerRoot(layer), environment);
  if (!isRendered(layer.args)) return root;
  return `${root === "." ? "" : `${root}/`}overlays/${environment}`;
}

/** A directory that people wrote, and where the layer names it. */
export interface WrittenPlace {
  /** Without leading `./`. */
  readonly directory: string;
  /** For example `base.directories[0]`. */
  readonly field: string;
}

/** Every directory that people wrote and the layer takes in an environment. */
export function writtenPlaces(layer: NamedLayer, environment: string): readonly WrittenPlace[] {
  const { args } = layer;
  if (!isRendered(args)) {
    return [{ directory: layerDirectory(layer, environment), field: "directory" }];
  }
  const places = (directories: readonly string[] = [], field: string): readonly WrittenPlace[] =>
    directories.map((directory, index) => ({
      directory: resolvedDirectory(directory, environment),
      field: `${field}.directories[${String(index)}]`,
    }));
  return [
    ...places(args.base?.directories, "base"),
    ...places(overlayOf(args, environment)?.directories, overlayField(environment)),
  ];
}

/** The overlay of an environment. */
export function overlayOf<Value>(
  { overlays }: Pick<LayerArgs<Value>, "overlays">,
  environment: string,
): LayerOverlay<Value> | undefined {
  return overlays !== undefined && Object.hasOwn(overlays, environment)
    ? overlays[environment]
    : undefined;
}

/** The objects of a layer in an environment, as they are declared. */
export function declaredObjects(
  args: LayerArgs<string>,
  environment: string,
): readonly KubernetesObject[] {
  const overlay = contentObjects(overlayOf(args, environment));
  return isRendered(args) ? [...contentObjects(args.base), ...overlay] : [];
}

/** Where the objects of parts of a layer live, whatever Namespace they install into. */
export const layerPlace: FluxPlace = {
  namespace: fluxNamespace,
  serviceAccountName: platformServiceAccount,
};

/** Objects of parts by the content that has them, so that all clusters share them. */
const objectsOf = new WeakMap<LayerContent<string>, readonly KubernetesObject[]>();

/** The objects of a base or overlay: those of the program, then those of its parts. */
export function contentObjects(
  content: LayerContent<string> | undefined,
): readonly KubernetesObject[] {
  const { objects = [] } = content ?? {};
  if (content === undefined || !hasFluxParts(content)) return objects;
  const known = objectsOf.get(content);
  if (known !== undefined) return known;
  const { sources, releases, notifications } = fluxObjects(content, layerPlace);
  const all = [...objects, ...sources, ...releases, ...notifications];
  objectsOf.set(content, all);
  return all;
}

/** How the overlay of an environment is called in findings. */
export function overlayField(environment: string): string {
  return `overlays[${JSON.stringify(environment)}]`;
}

/** A directory as it stands in a kustomization file `depth` folders below the root. */
export function relativeDirectory(directory: string, depth: number): string {
  return `${"../".repeat(depth)}${directory}`;
}

function resolvedDirectory(directory: string, environment: string): string {
  return sourcePath(directory.replaceAll(environmentPlaceholder, environment), "directory");
}

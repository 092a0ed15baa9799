import type { KubernetesObject } from "../../manifests/manifest.js";
import { sourcePath } from "../../manifests/repo-path.js";
import { contentObjects } from "./content-objects.js";
import type { LayerArgs, LayerOverlay } from "./layer.js";

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
  const overlay = contentObjects(overlayOf(args, environment), args);
  return isRendered(args) ? [...contentObjects(args.base, args), ...overlay] : [];
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

import { sourcePath } from "../../manifests/repo-path.js";
import type { LayerArgs, LayerContent, LayerPart } from "./layer.js";

/** What stands for the cluster's environment in the directory of a layer. */
export const environmentPlaceholder = "<environment>";

/** Whether the layer is rendered, rather than a directory that people wrote. */
export function isRendered({ base, overlays }: LayerArgs): boolean {
  return base !== undefined || overlays !== undefined;
}

/** Where the layer is rendered or lies, as declared; the placeholder may be in it. */
export function layerRoot({ name, args }: LayerPart): string {
  return args.directory ?? `./${name}`;
}

/** What the Kustomization of the layer applies in an environment, without leading `./`. */
export function layerDirectory(part: LayerPart, environment: string): string {
  const root = resolvedDirectory(layerRoot(part), environment);
  return isRendered(part.args) ? `${root}/overlays/${environment}` : root;
}

/** Every directory written by hand that the layer takes in an environment, without leading `./`. */
export function writtenDirectories(part: LayerPart, environment: string): readonly string[] {
  const { args } = part;
  if (!isRendered(args)) return [layerDirectory(part, environment)];
  const overlay = overlayOf(args, environment);
  return [...(args.base?.directories ?? []), ...(overlay?.directories ?? [])].map((directory) =>
    resolvedDirectory(directory, environment),
  );
}

/** The overlay of an environment. */
export function overlayOf(args: LayerArgs, environment: string): LayerContent | undefined {
  const { overlays = {} } = args;
  return Object.hasOwn(overlays, environment) ? overlays[environment] : undefined;
}

function resolvedDirectory(directory: string, environment: string): string {
  return sourcePath(directory.replaceAll(environmentPlaceholder, environment), "directory");
}

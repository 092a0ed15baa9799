import type { KubernetesObject } from "../../manifests/manifest.js";
import { platformServiceAccount } from "../bootstrap/lockdown.js";
import { fluxNamespace } from "../bootstrap/sync.js";
import type { FluxPlace } from "../flux-part.js";
import { fluxObjects, hasFluxParts } from "../flux-parts.js";
import type { LayerArgs, LayerContent } from "./layer.js";

/** What of a layer decides whose rights its releases have: those with which it is applied. */
export type LayerAccount = Pick<LayerArgs<string>, "serviceAccountName">;

/** Where the objects of parts of a layer live, whatever Namespace they install into. */
export function layerPlace({ serviceAccountName }: LayerAccount): FluxPlace {
  return {
    namespace: fluxNamespace,
    serviceAccountName: serviceAccountName ?? platformServiceAccount,
  };
}

type Objects = readonly KubernetesObject[];

/** Objects by the content that has them and by ServiceAccount, so that all clusters share them. */
const known = new WeakMap<LayerContent<string>, Map<string, Objects>>();

/** The objects of a base or overlay: those of the program, then those of its parts. */
export function contentObjects(
  content: LayerContent<string> | undefined,
  account: LayerAccount,
): Objects {
  const { objects = [] } = content ?? {};
  if (content === undefined || !hasFluxParts(content)) return objects;
  const place = layerPlace(account);
  const byAccount = known.get(content) ?? new Map<string, Objects>();
  known.set(content, byAccount);
  const before = byAccount.get(place.serviceAccountName);
  if (before !== undefined) return before;
  const { sources, releases, notifications } = fluxObjects(content, place);
  const all = [...objects, ...sources, ...releases, ...notifications];
  byAccount.set(place.serviceAccountName, all);
  return all;
}

import type { Finding } from "../../errors.js";
import { quoted } from "../values/names.js";
import type { ObjectIdentity } from "../objects.js";
import { objectKey, objectTitle } from "../objects.js";

/** An object and the Kustomization that applies it on a cluster. */
export interface HeldObject {
  readonly object: ObjectIdentity & {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  };
  readonly cluster: string;
  /** `namespace/name` of the Flux Kustomization. */
  readonly kustomization: string;
  /** What it comes from, for messages: `layer "base"`. */
  readonly part: string;
}

/** Annotation that keeps an object when its Kustomization does not find it any more. */
const pruneAnnotation = "kustomize.toolkit.fluxcd.io/prune";

/**
 * The findings about objects that another Kustomization would apply than the one that does now: the
 * old one deletes what it no longer finds, whoever applied it meanwhile. Objects that are not pruned
 * may move; so does what stays in its Kustomization as well.
 *
 * @param before - what the head of the branch makes the clusters apply
 * @param after - what the new commit will
 */
export function moveFindings(
  before: readonly HeldObject[],
  after: readonly HeldObject[],
): readonly Finding[] {
  const now = new Map<string, HeldObject[]>();
  for (const held of after) {
    const key = keyOf(held);
    const list = now.get(key);
    if (list === undefined) now.set(key, [held]);
    else list.push(held);
  }
  const found = new Map<string, { readonly finding: Finding; readonly clusters: Set<string> }>();
  for (const held of before) {
    const holders = now.get(keyOf(held)) ?? [];
    const [next] = holders;
    const stays = holders.some(({ kustomization }) => kustomization === held.kustomization);
    if (next === undefined || stays || isKept(held)) continue;
    const finding = moveFinding(held, next);
    const known = found.get(`${finding.path}\0${finding.problem}`);
    if (known === undefined) {
      const clusters = new Set([held.cluster]);
      found.set(`${finding.path}\0${finding.problem}`, { finding, clusters });
    } else known.clusters.add(held.cluster);
  }
  return [...found.values()].map(({ finding, clusters }) => {
    const names = [...clusters].sort();
    const more = names.length > 5 ? ` and ${String(names.length - 5)} more` : "";
    const shown = names.slice(0, 5).map((name) => quoted(name));
    return { ...finding, problem: `${finding.problem} (On ${shown.join(", ")}${more}.)` };
  });
}

function moveFinding(held: HeldObject, next: HeldObject): Finding {
  const title = `${next.part.charAt(0).toUpperCase()}${next.part.slice(1)}`;
  return {
    code: "OBJECT_MOVED",
    path: `${title}: ${objectTitle(held.object)}`,
    problem: `It would move from Kustomization ${quoted(held.kustomization)} to ${quoted(next.kustomization)} in one commit, and the first may delete it after the second has applied it.`,
    remedy: `Leave it where it is with annotation \`${pruneAnnotation}: disabled\`, run \`up\`, and wait until every cluster runs that commit. Then move it, with the annotation; that can go in a third commit.`,
  };
}

function isKept({ object }: HeldObject): boolean {
  return object.metadata.annotations?.[pruneAnnotation]?.toLowerCase() === "disabled";
}

function keyOf({ cluster, object }: HeldObject): string {
  return `${cluster}\0${objectKey(object)}`;
}

import type { Finding } from "../errors.js";
import type { CallOptions, ClusterClient } from "./client.js";
import { fluxKinds, fluxSystem } from "./flux-objects.js";
import { describeObject, textAt, type KubeObject } from "./objects.js";
import { clusterFinding } from "./problems.js";

/** What the root of a cluster reads: the repository, the branch and the path in it. */
export interface RootSource {
  /** Kind of the source, for example `GitRepository`. */
  readonly kind: string | undefined;
  /** Absent when the source does not exist (yet), or is of a kind without one. */
  readonly url: string | undefined;
  /** `branch main`, or another kind of reference such as `tag v1`. */
  readonly reference: string | undefined;
  readonly path: string | undefined;
}

/** What a root Kustomization and its source say. */
export function rootSource(root: KubeObject, source: KubeObject | undefined): RootSource {
  return {
    kind: textAt(root, "spec", "sourceRef", "kind"),
    url: textAt(source, "spec", "url"),
    reference: referenceOf(source),
    path: textAt(root, "spec", "path") ?? "./",
  };
}

/** What the live root of a cluster reads, with the source that it names. */
export async function readRootSource(
  client: ClusterClient,
  root: KubeObject,
  options: CallOptions,
): Promise<RootSource> {
  const kind = textAt(root, "spec", "sourceRef", "kind");
  const name = textAt(root, "spec", "sourceRef", "name") ?? "";
  const namespace = textAt(root, "spec", "sourceRef", "namespace") ?? root.metadata.namespace;
  const source =
    kind === fluxKinds.GitRepository.kind
      ? await client.get({ ...fluxKinds.GitRepository, namespace, name }, options)
      : undefined;
  return rootSource(root, source);
}

/** One line for every way in which a live root differs from the wanted one; empty when they are the same. */
export function rootDifferences(live: RootSource, wanted: RootSource): readonly string[] {
  const differs = (
    name: string,
    a: string | undefined,
    b: string | undefined,
    form: (text: string) => string,
  ): readonly string[] =>
    a !== undefined && b !== undefined && form(a) === form(b)
      ? []
      : [`${name} is "${a ?? "none"}" instead of "${b ?? "none"}"`];
  const path = differs("path", live.path, wanted.path, comparablePath);
  if (live.kind !== wanted.kind) {
    return [...differs("kind of the source", live.kind, wanted.kind, (text) => text), ...path];
  }
  // A source of the right kind that is gone or not there yet: only the path can be compared.
  if (live.url === undefined) return path;
  return [
    ...differs("url", withoutUser(live.url), withoutUser(wanted.url), comparableUrl),
    ...differs("reference", live.reference, wanted.reference, (text) => text),
    ...path,
  ];
}

/** A finding when the live root of a cluster reads something else than the wanted one. */
export function rootElsewhere(
  cluster: string,
  live: RootSource,
  wanted: RootSource,
): readonly Finding[] {
  const differences = rootDifferences(live, wanted);
  if (differences.length === 0) return [];
  const root = { ...fluxKinds.Kustomization, namespace: fluxSystem, name: fluxSystem };
  return [
    clusterFinding(
      "FLUX_ROOT_ELSEWHERE",
      cluster,
      `this cluster is driven from elsewhere: ${differences.join("; ")}.`,
      "Declare this repository, branch and path, or remove Flux from the cluster before it joins this fleet.",
      describeObject(root),
    ),
  ];
}

/** In the order in which Flux prefers them. */
function referenceOf(source: KubeObject | undefined): string | undefined {
  if (source === undefined) return undefined;
  for (const field of ["commit", "name", "semver", "tag", "branch"]) {
    const value = textAt(source, "spec", "ref", field);
    if (value === undefined) continue;
    if (field === "name" && value.startsWith("refs/heads/")) return `branch ${value.slice(11)}`;
    return `${field} ${value}`;
  }
  return "branch master";
}

function comparablePath(path: string): string {
  return path.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
}

function comparableUrl(url: string): string {
  const plain = url.replace(/\/+$/, "").replace(/\.git$/, "");
  return plain.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, (start) => start.toLowerCase());
}

function withoutUser(url: string | undefined): string | undefined {
  return url?.replace(/^(https?:\/\/)[^/@]*@/i, "$1");
}

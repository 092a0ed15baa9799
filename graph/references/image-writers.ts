import { isOfKind } from "./flux-kinds.js";
import { identityKey, objectKey } from "../objects.js";
import type { PlacedCluster, PlacedObject } from "./placed-objects.js";
import { textOf, valuesAt } from "./references.js";

/** Files of one branch of one repository. */
export interface WrittenFiles {
  /** Equal for all addresses of one repository. */
  readonly repository: string;
  readonly branch: string;
  /** Directory without `./` and slashes at its ends; "" is everything. */
  readonly directory: string;
}

/** An ImageUpdateAutomation, and what it reads and writes. */
export interface ImageWriter {
  readonly placed: PlacedObject;
  readonly cluster: string;
  readonly namespace: string;
  /** The files whose markers it reads; undefined when its source is not known. */
  readonly reads: WrittenFiles | undefined;
  /** The branch that it pushes to. */
  readonly pushes: string;
}

/** Every automation of a fleet that is not suspended, by cluster and Namespace. */
export function imageWriters(clusters: readonly PlacedCluster[]): readonly ImageWriter[] {
  return clusters.flatMap((cluster) => {
    const automations = cluster.objects.filter(
      ({ object }) =>
        isOfKind(object, "ImageUpdateAutomation") &&
        valuesAt(object, "spec.suspend")[0]?.value !== true,
    );
    if (automations.length === 0) return [];
    const sources = new Map(
      cluster.objects
        .filter(({ object }) => isOfKind(object, "GitRepository"))
        .map(({ object }) => [objectKey(object), object]),
    );
    return automations.map((placed) => writerOf(placed, cluster.name, sources));
  });
}

/** The repository and branch that the clusters of the fleet apply; undefined when not known. */
export function fleetFiles({ objects, fleetSource }: PlacedCluster): WrittenFiles | undefined {
  const source = objects.find(
    ({ object }) =>
      isOfKind(object, "GitRepository") &&
      fleetSource === `${object.metadata.namespace ?? ""}/${object.metadata.name}`,
  );
  return source && filesOf(source.object, undefined, "");
}

/** Whether two automations may write one file, or one file is in the directory. */
export function overlaps(one: WrittenFiles, other: WrittenFiles): boolean {
  const [a, b] = [`${one.directory}/`, `${other.directory}/`];
  const isInside = one.directory === "" || other.directory === "";
  return (
    one.repository === other.repository &&
    one.branch === other.branch &&
    (isInside || a.startsWith(b) || b.startsWith(a))
  );
}

function writerOf(
  placed: PlacedObject,
  cluster: string,
  sources: ReadonlyMap<string, unknown>,
): ImageWriter {
  const { object } = placed;
  const { namespace = "" } = object.metadata;
  const home = textOf(object, "spec.sourceRef.namespace") ?? namespace;
  const name = textOf(object, "spec.sourceRef.name") ?? "";
  const source = sources.get(identityKey("source.toolkit.fluxcd.io", "GitRepository", home, name));
  const branch = textOf(object, "spec.git.checkout.ref.branch");
  const reads = filesOf(source, branch, textOf(object, "spec.update.path") ?? "");
  const pushes = textOf(object, "spec.git.push.branch") ?? reads?.branch ?? "";
  return { placed, cluster, namespace, reads, pushes };
}

function filesOf(
  source: unknown,
  branch: string | undefined,
  path: string,
): WrittenFiles | undefined {
  const url = textOf(source, "spec.url");
  if (url === undefined) return undefined;
  return {
    repository: plainAddress(url),
    branch: branch ?? textOf(source, "spec.ref.branch") ?? "master",
    directory: path.replace(/^(?:\.?\/)+|^\.$/, "").replace(/\/+$/, ""),
  };
}

/** `host/path`, so that SSH and HTTPS addresses of one repository are equal. */
function plainAddress(url: string): string {
  return url
    .replace(/^[a-z+]+:\/\/(?:[^@/]*@)?/i, "")
    .replace(/^([^/:]+):(?:22|443)(?=\/)/, "$1")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
}

import type { WrittenObject } from "../components/fleet/hand-written/directories.js";
import type { Finding } from "../errors.js";
import { objectTitle } from "../graph/objects.js";
import { fieldsOf } from "../graph/references/references.js";
import type { CheckedOutCluster, Checkout } from "./checkout.js";

/** An object that a cluster applies out of the checkout. */
export interface FoundObject {
  readonly object: WrittenObject;
  readonly file: string;
  /** Whether patches may complete or change it. */
  readonly patched: boolean;
  /** Whether `${NAME}` in it is substituted. */
  readonly substituted: boolean;
}

/** What a cluster applies, as far as the checkout holds it. */
export interface AppliedObjects {
  readonly objects: readonly FoundObject[];
  /** Kustomizations whose source is another repository, so that nobody looked into them. */
  readonly elsewhere: readonly string[];
  /** What could not be read. */
  readonly findings: readonly Finding[];
}

/**
 * Every object that a cluster applies: those below its root, and those of each directory that a
 * Kustomization among them reads from the same repository, and so on.
 */
export function appliedObjects(checkout: Checkout, cluster: CheckedOutCluster): AppliedObjects {
  const objects: FoundObject[] = [];
  const elsewhere: string[] = [];
  const findings: Finding[] = [];
  const seen = new Set<string>();
  const visit = (directory: string, patched: boolean, substituted: boolean): void => {
    if (seen.has(directory)) return;
    seen.add(directory);
    const written = checkout.read(directory);
    findings.push(...written.findings);
    for (const { file, object } of written.objects) {
      const isPatched = patched || written.patches.length > 0;
      objects.push({ object, file, patched: isPatched, substituted });
      if (!isKustomization(object)) continue;
      const spec = fieldsOf(object["spec"]);
      const { path } = spec;
      if (!isOfFleet(object, spec)) elsewhere.push(objectTitle(object));
      else if (typeof path === "string") {
        visit(path.replace(/^(\.?\/)+|\/+$/g, ""), "patches" in spec, "postBuild" in spec);
      }
    }
  };
  visit(cluster.path, false, false);
  return { objects, elsewhere, findings };
}

function isKustomization({ apiVersion, kind }: WrittenObject): boolean {
  return kind === "Kustomization" && apiVersion.startsWith("kustomize.toolkit.fluxcd.io/");
}

/** Whether a Kustomization reads the repository that the root reads. */
function isOfFleet({ metadata }: WrittenObject, spec: Readonly<Record<string, unknown>>): boolean {
  const { kind, name, namespace = metadata.namespace } = fieldsOf(spec["sourceRef"]);
  return kind === "GitRepository" && name === "flux-system" && namespace === "flux-system";
}

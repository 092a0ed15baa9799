import { FleetError, type Finding } from "../errors.js";

/** Symbol.for, so that a marker made by another copy of this package is recognised. */
const brand: unique symbol = Symbol.for("pulumi-flux-fleet/SetterMarked");

/** Which part of the chosen image a marked field holds; without it the whole `name:tag`. */
export type ImagePolicyField = "tag" | "name" | "digest";

/** The ImagePolicy whose choice is written behind a marker. */
export interface ImagePolicyReference {
  readonly namespace: string;
  readonly name: string;
  /** @default the whole reference, `name:tag` */
  readonly field?: ImagePolicyField;
}

/** A string field that image-automation-controller keeps up to date in Git. */
export interface SetterMarked {
  readonly [brand]: true;
  /** The reference inside the marker: `namespace:name`, `namespace:name:tag`. */
  readonly marker: string;
  /** The declared value, printed until the controller writes another. */
  readonly value: string;
}

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const namespacePattern = new RegExp(`^${label}$`);
const namePattern = new RegExp(`^${label}(?:\\.${label})*$`);

// Not a plain object: the printer then pays for markers only where something unusual stands.
class Marked implements SetterMarked {
  readonly [brand] = true;
  constructor(
    readonly marker: string,
    readonly value: string,
  ) {
    Object.freeze(this);
  }
}

/**
 * Marks a string for image-automation-controller: the printer writes
 * `value # {"$imagepolicy": "namespace:name:tag"}` on one line. This is the only comment it writes.
 *
 * @throws FleetError INVALID_MARKER when a part of the reference is not a Kubernetes name
 * @see https://fluxcd.io/flux/components/image/imageupdateautomations/#setter
 */
export function imagePolicyMarker(policy: ImagePolicyReference, value: string): SetterMarked {
  const findings: Finding[] = [];
  if (!namespacePattern.test(policy.namespace)) {
    findings.push(
      invalid("namespace", policy.namespace, "Use a DNS label, at most 63 characters."),
    );
  }
  if (!namePattern.test(policy.name) || policy.name.length > 253) {
    findings.push(invalid("name", policy.name, "Use DNS labels joined by dots, at most 253."));
  }
  const field: string | undefined = policy.field;
  if (field !== undefined && field !== "tag" && field !== "name" && field !== "digest") {
    findings.push(invalid("field", field, 'Use "tag", "name" or "digest", or leave it out.'));
  }
  if (findings.length > 0) throw new FleetError(findings);
  const marker = `${policy.namespace}:${policy.name}${field === undefined ? "" : `:${field}`}`;
  return new Marked(marker, value);
}

/** Tells a marked string from any other value, also one made by another copy of this package. */
export function isSetterMarked(value: unknown): value is SetterMarked {
  return typeof value === "object" && value !== null && brand in value;
}

/**
 * Whether a YAML file may carry a setter marker, so that its head must not be overwritten blindly.
 * Never misses one; text that only looks like a marker inside a hand-written string counts as well.
 * In files of our own printer the answer is exact: data that contains `$imagepolicy` is escaped.
 */
export function hasSetterMarker(text: string): boolean {
  return /#[^\r\n]*\$imagepolicy/.test(text);
}

function invalid(part: string, value: string, remedy: string): Finding {
  return {
    code: "INVALID_MARKER",
    path: `imagePolicyMarker: ${part}`,
    problem: `${JSON.stringify(value)} cannot stand in a setter marker.`,
    remedy,
  };
}

import * as pulumi from "@pulumi/pulumi";
import { FleetError } from "../errors.js";
import type { Finding } from "../errors.js";
import { quoted } from "../graph/values/names.js";
import { unknownValue } from "../graph/values/unknown-value.js";
import type { FleetArgs, FleetDeclaration } from "./fleet/fleet.js";
import { partTitle } from "./fleet/validation/shape-validation.js";
import type { TenantManifestArgs } from "./tenant/tenant.js";

/**
 * Where a secret may stand, for these never reach Git, or encrypted: the way from the arguments, without
 * positions in lists. `*` is any key, `**` whatever is below. What has such a name elsewhere, in the values
 * of a release for example, is committed.
 */
const secretPlaces = [
  "clusters.args.kubeconfig",
  "clusters.args.age.identity",
  "clusters.args.age.previous.identity",
  "tenants.args.age.identity",
  "tenants.args.age.previous.identity",
  "repository.push.token",
  "repository.push.ca",
  ...[
    "repository.sync",
    "source",
    "tenants.args.source",
    "tenants.args.overrides.*.*.source",
  ].flatMap((login) => [`${login}.credentials.token`, `${login}.credentials.ca`]),
  ...[
    "secrets",
    "clusters.args.secrets",
    "layers.args.secrets",
    "tenants.args.secrets",
    "layers.args.overrides.*.*.secrets",
    "tenants.args.overrides.*.*.secrets",
  ].flatMap((secrets) => [`${secrets}.args.data.**`, `${secrets}.args.registries.**`]),
].map((place) => place.split("."));

/** Where a part is only referred to, and no builder takes its arguments off. */
const references: ReadonlySet<string> = new Set([
  "external.clusters",
  "imageUpdates.runsOn",
  "imageUpdates.writesTo.secret",
  "imageUpdates.signingKey.secret",
]);

/** The parts that findings name by kind and name alone; others are inside of one of them. */
const wholeParts: ReadonlySet<string> = new Set(["cluster", "layer", "tenant"]);

/**
 * Waits for every Output inside plain data and returns the same shape with values. One that is not
 * known in this preview becomes `unknownValue`, which the pure core skips and which makes only its own
 * files unknown.
 *
 * @throws FleetError `SECRET_IN_GIT` for every secret in a field that is committed
 */
export async function resolveInputs(args: FleetArgs): Promise<FleetDeclaration>;
export async function resolveInputs(args: TenantManifestArgs): Promise<TenantManifestArgs<string>>;
export async function resolveInputs(args: unknown): Promise<unknown> {
  const findings: Finding[] = [];
  const values = await resolved(args, [], "", findings);
  if (findings.length > 0) throw new FleetError(findings);
  return values;
}

/** The same shape with `unknownValue` for every Output and Promise: what is plain can be checked at once. */
export function plainValues(args: FleetArgs): FleetDeclaration;
export function plainValues(args: TenantManifestArgs): TenantManifestArgs<string>;
export function plainValues(args: unknown): unknown {
  return withoutOutputs(args);
}

function withoutOutputs(value: unknown): unknown {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return unknownValue;
  if (Array.isArray(value)) return value.map(withoutOutputs);
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutOutputs(item)]),
  );
}

async function resolved(
  value: unknown,
  path: readonly string[],
  at: string,
  findings: Finding[],
): Promise<unknown> {
  if (pulumi.Output.isInstance(value)) {
    if ((await pulumi.isSecret(value)) && !mayBeSecret(path)) {
      findings.push(secretInGit(at));
      return unknownValue;
    }
    return known(value);
  }
  if (value instanceof Promise) return resolved(await value, path, at, findings);
  if (Array.isArray(value)) {
    return Promise.all(
      value.map((item, index) => resolved(item, path, `${at}[${String(index)}]`, findings)),
    );
  }
  if (!isPlain(value)) return value;
  const { args, ...identity } = value;
  if (args !== undefined && references.has(path.join("."))) return identity;
  const entries = Object.entries(value).map(async ([key, item]): Promise<[string, unknown]> => [
    key,
    await resolved(item, [...path, key], below(value, at, key), findings),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

function mayBeSecret(path: readonly string[]): boolean {
  return secretPlaces.some((place) => {
    const open = place.at(-1) === "**";
    const length = open ? place.length - 1 : place.length;
    return (
      (open ? path.length > length : path.length === length) &&
      place.every((key, index) => index >= length || key === "*" || key === path[index])
    );
  });
}

async function known(output: pulumi.Output<unknown>): Promise<unknown> {
  // Both are on every Output of every SDK version, but not in its declarations.
  const internals = output as unknown as {
    readonly isKnown: Promise<boolean>;
    promise(withUnknowns: boolean): Promise<unknown>;
  };
  return (await internals.isKnown) ? internals.promise(true) : unknownValue;
}

/** How a field is called in findings: fields of a part by the name of the part. */
function below(parent: Readonly<Record<string, unknown>>, at: string, key: string): string {
  const { kind, name } = parent;
  if (key === "args" && typeof kind === "string" && typeof name === "string") {
    // Inside of another part, in a list of which the name says more than the position.
    return wholeParts.has(kind)
      ? `${partTitle(kind, name)}: `
      : at.replace(/\[\d+\]$/, `[${quoted(name)}]`);
  }
  return at === "" || at.endsWith(": ") ? `${at}${key}` : `${at}.${key}`;
}

function secretInGit(path: string): Finding {
  return {
    code: "SECRET_IN_GIT",
    path,
    problem: "The value is a secret, and this field is committed as plain text.",
    remedy: "Give a value that everybody who reads the repository may know.",
  };
}

/** Anything with a class of its own is left as it is, for validation to refuse. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

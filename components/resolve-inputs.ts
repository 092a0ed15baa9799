import * as pulumi from "@pulumi/pulumi";
import { FleetError } from "../errors.js";
import type { Finding } from "../errors.js";
import { quoted } from "../graph/values/names.js";
import { unknownValue } from "../graph/values/unknown-value.js";
import type { FleetArgs, FleetDeclaration } from "./fleet/fleet.js";
import { partTitle } from "./fleet/validation/shape-validation.js";
import type { TenantManifestArgs } from "./tenant/tenant.js";

/** Where a secret may stand, for these never reach Git: the field and what it is part of. */
const secretFields: ReadonlySet<string> = new Set([
  "args.kubeconfig",
  "age.identity",
  "previous.identity",
  "push.token",
  "push.ca",
  "credentials.token",
  "credentials.ca",
]);

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
  const entries = Object.entries(value).map(async ([key, item]): Promise<[string, unknown]> => [
    key,
    await resolved(item, [...path, key], below(value, at, key), findings),
  ]);
  return Object.fromEntries(await Promise.all(entries));
}

/** What a Secret holds is encrypted before it reaches Git, whatever its keys are called. */
function mayBeSecret(path: readonly string[]): boolean {
  if (secretFields.has(path.slice(-2).join("."))) return true;
  // Directly below a part or its override, and not inside of an object that has a field of this name.
  const depth = path[0] === "secrets" ? 0 : path[2] === "overrides" ? 5 : 2;
  const isOfPart = depth === 0 || path[1] === "args";
  const [list, args, values] = path.slice(depth);
  const isOfSecret = isOfPart && list === "secrets" && args === "args";
  return isOfSecret && (values === "data" || values === "registries");
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
    // A Secret is inside of another part, in a list of which the name says more than the position.
    return kind === "secret"
      ? at.replace(/\[\d+\]$/, `[${quoted(name)}]`)
      : `${partTitle(kind, name)}: `;
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

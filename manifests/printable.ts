import type { Finding } from "../errors.js";
import { isSetterMarked } from "./marker.js";
import { isPrintableString, printNumber } from "./yaml-scalar.js";

/** How deep maps and lists may be nested; PyYAML stops reading somewhat beyond it. */
export const maxDepth = 100;

type Report = (finding: Omit<Finding, "path">) => void;

/** A map as an object literal or JSON.parse makes it, also one without prototype or of another realm. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  const base = prototype as object; // neither null nor, as a prototype, a primitive
  return Object.getPrototypeOf(base) === null && Object.hasOwn(base, "isPrototypeOf");
}

/**
 * Every value of the objects that YAML would drop or change, with its path. Slower than printing,
 * because it keeps the way to each value; run only when printing has met one.
 */
export function findUnprintable(objects: readonly unknown[]): readonly Finding[] {
  const findings: Finding[] = [];
  objects.forEach((object, index) => {
    const root = objects.length === 1 ? "" : `[${index}]`;
    if (isPlainObject(object)) visit(object, root, 0, new Set(), findings);
    else findings.push({ path: root === "" ? "[0]" : root, ...notADocument(object) });
  });
  return findings;
}

function visit(
  value: unknown,
  path: string,
  depth: number,
  parents: Set<object>,
  findings: Finding[],
): void {
  const report: Report = (finding) => findings.push({ path: path === "" ? "." : path, ...finding });
  if (typeof value === "string") {
    if (!isPrintableString(value)) report(loneSurrogate("string"));
  } else if (value === null || typeof value === "boolean") {
    return;
  } else if (typeof value === "number") {
    if (printNumber(value) === undefined) report(badNumber(value));
  } else if (Array.isArray(value) || isPlainObject(value)) {
    if (parents.has(value)) report(cycle);
    else if (depth > maxDepth) report(tooDeep);
    else {
      parents.add(value);
      if (Array.isArray(value)) visitList(value, path, depth, parents, findings);
      else visitMap(value, path, depth, parents, findings);
      parents.delete(value);
    }
  } else if (isSetterMarked(value)) {
    if (!isPrintableString(value.value)) report(loneSurrogate("string"));
  } else report(foreign(value));
}

function visitList(
  list: readonly unknown[],
  path: string,
  depth: number,
  parents: Set<object>,
  findings: Finding[],
): void {
  // By index: a hole reads as undefined and is reported as such.
  for (let i = 0; i < list.length; i++) {
    visit(list[i], `${path}[${i}]`, depth + 1, parents, findings);
  }
}

function visitMap(
  map: Readonly<Record<string, unknown>>,
  path: string,
  depth: number,
  parents: Set<object>,
  findings: Finding[],
): void {
  for (const key of Object.keys(map)) {
    const at = joinPath(path, key);
    if (!isPrintableString(key)) findings.push({ path: at, ...loneSurrogate("key") });
    const value = map[key];
    visit(value, at, Array.isArray(value) ? depth : depth + 1, parents, findings);
  }
}

/** `a.b`, or `a["b.c"]` when the key is not a simple name. */
function joinPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function foreign(value: unknown): Omit<Finding, "path"> {
  if (isOutput(value)) {
    return {
      code: "UNRESOLVED_OUTPUT",
      problem: "An unresolved Pulumi Output has no text yet.",
      remedy: "Resolve it first, and render inside its apply.",
    };
  }
  const name = describe(value);
  const unset = value === undefined;
  return {
    code: "UNPRINTABLE_VALUE",
    problem: `${name} cannot be written as YAML.`,
    remedy: unset
      ? "Leave the key out, or write null if that is meant."
      : "Give a string, number, boolean, null, list or plain object.",
  };
}

/** Without importing Pulumi: the mark that every copy of its SDK puts on an Output. */
function isOutput(value: unknown): boolean {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return (value as { readonly __pulumiOutput?: unknown }).__pulumiOutput === true;
}

function describe(value: unknown): string {
  if (value === undefined) return "undefined";
  if (typeof value !== "object" || value === null) return `A ${typeof value}`;
  const prototype: unknown = Object.getPrototypeOf(value);
  const constructor = (prototype as { constructor?: { name?: unknown } } | null)?.constructor;
  const name = typeof constructor?.name === "string" ? constructor.name : "";
  return name === "" ? "An object with a prototype" : `A ${name} object`;
}

function notADocument(value: unknown): Omit<Finding, "path"> {
  if (isOutput(value)) return foreign(value);
  return {
    code: "UNPRINTABLE_VALUE",
    problem: `${Array.isArray(value) ? "A list" : describe(value)} cannot be a YAML document here.`,
    remedy: "Give a plain object.",
  };
}

function badNumber(value: number): Omit<Finding, "path"> {
  const problem = Object.is(value, -0)
    ? "Negative zero is not read back by every YAML reader."
    : Number.isFinite(value)
      ? `${value} is beyond 2^53, so its last digits are already lost.`
      : `${value} is not a number that Kubernetes accepts.`;
  const remedy = Object.is(value, -0) ? "Write 0." : "Give a finite number within that range.";
  return { code: "UNPRINTABLE_VALUE", problem, remedy };
}

function loneSurrogate(what: string): Omit<Finding, "path"> {
  return {
    code: "UNPRINTABLE_STRING",
    problem: `The ${what} holds half of a UTF-16 surrogate pair, which no UTF-8 file can carry.`,
    remedy: "Give whole characters; text that was cut must be cut between characters.",
  };
}

const cycle: Omit<Finding, "path"> = {
  code: "UNPRINTABLE_VALUE",
  problem: "The object contains itself.",
  remedy: "Remove the cycle; YAML is printed without anchors.",
};

const tooDeep: Omit<Finding, "path"> = {
  code: "UNPRINTABLE_VALUE",
  problem: `Maps and lists are nested deeper than ${maxDepth} levels.`,
  remedy: "Flatten the value; not every YAML reader goes that deep.",
};

import type { Finding } from "../../errors.js";
import { quoted } from "./names.js";

/** What plain data must look like. For callers without types: data files and JavaScript. */
export type Shape =
  | "text"
  | "flag"
  | "anything"
  | { readonly choice: readonly unknown[] }
  | { readonly list: Shape }
  | { readonly table: Shape }
  | { readonly either: readonly Shape[] }
  | { readonly fields: Readonly<Record<string, Field>> }
  /** The named fields and whatever else there is. */
  | { readonly open: Readonly<Record<string, Field>> };

/** A field of an object and whether it may be left out. */
export type Field = Shape | { readonly optional: Shape };

/**
 * The findings of data that has not the given shape: wrong types, missing and unknown fields. Values
 * are never shown, because any of them may be a secret.
 */
export function shapeFindings(value: unknown, shape: Shape, path: string): readonly Finding[] {
  return checkOf(shape)(value) ? [] : misfits(value, shape, path);
}

/** Whether a value has a shape; much cheaper than the findings with the path to each value. */
type Check = (value: unknown) => boolean;

/** The checks that were made, so that each shape is looked at once and not for every value. */
const checks = new WeakMap<Exclude<Shape, string>, Check>();

const textCheck: Check = (value) => typeof value === "string";
const flagCheck: Check = (value) => typeof value === "boolean";
const noCheck: Check = () => true;

function checkOf(shape: Shape): Check {
  if (typeof shape === "string") {
    return shape === "text" ? textCheck : shape === "flag" ? flagCheck : noCheck;
  }
  const check = checks.get(shape) ?? makeCheck(shape);
  checks.set(shape, check);
  return check;
}

function makeCheck(shape: Exclude<Shape, string>): Check {
  if ("choice" in shape) {
    return (value) => shape.choice.includes(value);
  }
  if ("list" in shape) {
    const item = checkOf(shape.list);
    return (value) => Array.isArray(value) && value.every(item);
  }
  if ("table" in shape) {
    const item = checkOf(shape.table);
    return (value) => isTable(value) && Object.values(value).every(item);
  }
  if ("either" in shape) {
    const options = shape.either.map(checkOf);
    return (value) => options.some((option) => option(value));
  }
  return "open" in shape ? fieldCheck(shape.open, true) : fieldCheck(shape.fields, false);
}

function fieldCheck(fields: Readonly<Record<string, Field>>, open: boolean): Check {
  const known = new Set(Object.keys(fields));
  const declared = Object.entries(fields).map(([key, field]) => {
    const optional = typeof field === "object" && "optional" in field;
    return { key, optional, check: checkOf(optional ? field.optional : field) };
  });
  return (value) => {
    if (!isTable(value)) return false;
    for (const { key, optional, check } of declared) {
      const item = value[key];
      if (!(item === undefined && optional) && !check(item)) return false;
    }
    return open || Object.keys(value).every((key) => known.has(key) || value[key] === undefined);
  };
}

/** The findings of a value that does not fit. */
function misfits(value: unknown, shape: Shape, path: string): readonly Finding[] {
  if (shape === "anything") {
    return [];
  }
  if (typeof shape === "string") {
    const expected = shape === "text" ? "string" : "boolean";
    return typeof value === expected ? [] : [wrongType(value, describe(shape), path)];
  }
  if ("choice" in shape) {
    return shape.choice.includes(value) ? [] : [wrongType(value, describe(shape), path)];
  }
  if ("list" in shape) {
    return Array.isArray(value)
      ? value.flatMap((item, index) =>
          shapeFindings(item, shape.list, at(path, `[${String(index)}]`)),
        )
      : [wrongType(value, describe(shape), path)];
  }
  if ("either" in shape) {
    return eitherFindings(value, shape.either, path);
  }
  if (!isTable(value)) {
    return [wrongType(value, describe(shape), path)];
  }
  if ("open" in shape) {
    return knownFieldFindings(value, shape.open, path);
  }
  return "table" in shape
    ? Object.entries(value).flatMap(([key, item]) =>
        shapeFindings(item, shape.table, at(path, `[${quoted(key)}]`)),
      )
    : fieldFindings(value, shape.fields, path);
}

function fieldFindings(
  value: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, Field>>,
  path: string,
): readonly Finding[] {
  const unknown = Object.keys(value)
    .filter((key) => !Object.hasOwn(fields, key) && value[key] !== undefined)
    .map((key): Finding => ({
      code: "INVALID_ARGUMENT",
      path: at(path, field(key)),
      problem: "There is no such argument.",
      remedy: `Use one of ${Object.keys(fields).sort().join(", ")}.`,
    }));
  return [...unknown, ...knownFieldFindings(value, fields, path)];
}

function knownFieldFindings(
  value: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, Field>>,
  path: string,
): readonly Finding[] {
  return Object.entries(fields).flatMap(([key, declared]) => {
    const item = value[key];
    const optional = typeof declared === "object" && "optional" in declared;
    if (item === undefined && optional) {
      return [];
    }
    return shapeFindings(item, optional ? declared.optional : declared, at(path, field(key)));
  });
}

/** The findings against the alternative that fits best, so that the message is about the right one. */
function eitherFindings(
  value: unknown,
  shapes: readonly Shape[],
  path: string,
): readonly Finding[] {
  const attempts = shapes.map((shape) => shapeFindings(value, shape, path));
  const [nearest] = attempts
    .filter((findings) => findings.every((finding) => finding.path !== path))
    .sort((a, b) => a.length - b.length);
  return nearest ?? [wrongType(value, shapes.map(describe).join(" or "), path)];
}

function wrongType(value: unknown, expected: string, path: string): Finding {
  const received = value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
  return {
    code: "INVALID_ARGUMENT",
    path,
    problem:
      value === undefined ? "The argument is missing." : `The argument is ${article(received)}.`,
    remedy: `Give ${expected}.`,
  };
}

function describe(shape: Shape): string {
  if (shape === "anything") return "any value";
  if (typeof shape === "string") return shape === "text" ? "a string" : "true or false";
  if ("choice" in shape) return shape.choice.map((item) => quoted(item)).join(" or ");
  if ("list" in shape) return "a list";
  if ("either" in shape) return shape.either.map(describe).join(" or ");
  return "an object";
}

function article(type: string): string {
  return /^(a|null|undefined)\b/.test(type) ? type : `${type === "object" ? "an" : "a"} ${type}`;
}

function at(path: string, step: string): string {
  if (path === "") return step.replace(/^\./, "");
  return path.endsWith('"') && !step.startsWith("[") ? `${path}: ${step.slice(1)}` : path + step;
}

function field(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${quoted(key)}]`;
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { FleetError } from "../errors.js";
import { isPlainObject } from "./printable.js";

/** A reference to a variable inside of a text. */
export interface VariableReference {
  readonly name: string;
  /** The value where neither the cluster nor the layer has one. */
  readonly default?: string;
}

// Two code points that Unicode keeps for use inside of a program: no text of a user has them.
const opening = "\u{10fffe}";
const closing = "\u{10ffff}";
const token = /\u{10fffe}([A-Za-z_][A-Za-z0-9_]*)(?:=([^\u{10fffe}\u{10ffff}]*))?\u{10ffff}/gu;

/**
 * A reference to a variable of the cluster or of the layer, for a string of an object or patch of a
 * layer, alone or inside of more text. Flux puts the value in when it applies the layer. What a
 * string holds stays a string: "8080" does not become a number.
 *
 * @param name - letters, digits and "_", not beginning with a digit
 * @param options - `default`: the value where neither the cluster nor the layer has one
 * @throws FleetError INVALID_VARIABLE
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#post-build-variable-substitution
 * @example
 * ```ts
 * const url = `https://${variable("REGION")}.example.com`;
 * ```
 */
export function variable(name: string, options: { readonly default?: string } = {}): string {
  const { default: fallback } = options;
  const text = `${opening}${name}${fallback === undefined ? "" : `=${fallback}`}${closing}`;
  if (text.replace(token, "") === "") return text;
  throw new FleetError([
    {
      code: "INVALID_VARIABLE",
      path: "variable",
      problem: `${JSON.stringify(name)} or its default cannot be substituted by Flux.`,
      remedy: "Use letters, digits and _ for the name, not beginning with a digit.",
    },
  ]);
}

/** The references made by `variable()` in a text, in order. */
export function variableReferences(text: string): readonly VariableReference[] {
  if (!text.includes(opening)) return [];
  return [...text.matchAll(token)].map(([, name = "", fallback]) =>
    fallback === undefined ? { name } : { name, default: fallback },
  );
}

/** The text with every reference replaced; one without a value by nothing, as Flux once did. */
export function substitutedText(text: string, values: Readonly<Record<string, string>>): string {
  if (!text.includes(opening)) return text;
  return text.replace(token, (_, name: string, fallback?: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : fallback;
    return value ?? "";
  });
}

/**
 * The text as it stands in a file that Flux substitutes, so that it comes out as declared: references
 * in Flux's form, and every "$" doubled that Flux would otherwise take as the begin of one.
 *
 * @param quoted - whether the value must stand in quotes to stay a string
 */
export function writtenText(text: string, quoted: boolean): string {
  if (!text.includes("$") && !text.includes(opening)) return text;
  let written = "";
  let end = 0;
  for (const match of text.matchAll(token)) {
    written += escaped(`${text.slice(end, match.index)}$`).slice(0, -1);
    written += reference(match[1] ?? "", quoted);
    end = match.index + match[0].length;
  }
  return written + escaped(text.slice(end));
}

/**
 * `$${` and `$$` are what Flux reads as `${` and `$`; it drops one "$" of each pair, whatever follows.
 */
function escaped(literal: string): string {
  return literal.replace(/\$(?=[${])/g, "$$$$");
}

/**
 * Flux substitutes in YAML that kustomize has printed anew, where `${X}` has no quotes, so that "true"
 * would become a boolean and "a: b" would break the file. Removing the prefix " #" changes no value,
 * but what holds a " #" is printed in quotes.
 */
function reference(name: string, quoted: boolean): string {
  return quoted ? `\${${name}# #}` : `\${${name}}`;
}

/**
 * Whether Flux would fail on the text or change it: kustomize hands objects on as JSON and as YAML in
 * turn, with such characters not escaped, and with a tab where an indentation is read.
 */
export function isMangledByFlux(text: string): boolean {
  return /[\x7f-\x9f\u2028\u2029\ufffe\uffff]/.test(text) || /^\t[^]*\n/.test(text);
}

/** Whether YAML without quotes gives the text back as a string. */
export function staysText(text: string): boolean {
  return (
    !/^$|^[\s\-+.?:,[\]{}#&*!|>'"%@`=<~]|: |:$| #|\s$/.test(text) &&
    !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(text) &&
    (!/^\d[\d_.,:a-fox+-]*$/i.test(text) || /^\d+(?:\.\d+){2,}$/.test(text))
  );
}

/**
 * Why a value cannot be substituted into the text without changing anything around it, as the end
 * of a sentence. Undefined when it can.
 */
export function unsafeValue(value: string, text: string): string | undefined {
  if (/[\r\n]/.test(value)) return "has a line break, which Flux removes";
  if (/['"\\]/.test(value)) return "holds a quote or backslash, which may end a YAML string";
  if (/[\p{C}\p{Zl}\p{Zp}]/u.test(value)) return "holds an invisible character";
  if (value !== value.trim()) return "begins or ends with a space";
  if (value === "" && text.includes("\n")) return "is empty in a text of several lines";
  return undefined;
}

/**
 * The same value with every string in it changed, keys included; the same object where nothing
 * changes. What is no plain data stays as it is.
 */
export function withTexts<Value>(value: Value, change: (text: string, isKey: boolean) => string) {
  return changed(value, change, false) as Value; // strings become strings, everything else stays
}

function changed(
  value: unknown,
  change: (text: string, isKey: boolean) => string,
  isKey: boolean,
): unknown {
  if (typeof value === "string") return change(value, isKey);
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => changed(item, change, false));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value);
  const others = entries.map(([key, item]): [string, unknown] => [
    change(key, true),
    changed(item, change, false),
  ]);
  const isOther = others.some(([key, item], index) => {
    const [before, content] = entries[index] ?? [];
    return key !== before || item !== content;
  });
  return isOther ? Object.fromEntries(others) : value;
}

/** Every string in a value with the way to it, keys included. */
export function textsIn(
  value: unknown,
  visit: (text: string, path: string, isKey: boolean) => void,
  path = "",
): void {
  if (typeof value === "string") visit(value, path, false);
  else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      textsIn(item, visit, `${path}[${String(index)}]`);
    });
  } else if (isPlainObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      const at = /^\w+$/.test(key) ? `${path}${path === "" ? "" : "."}${key}` : `${path}["${key}"]`;
      visit(key, at, true);
      textsIn(item, visit, at);
    }
  }
}

/** A string that substitution may concern, and the way to it. */
export interface MarkedText {
  readonly text: string;
  readonly path: string;
}

/**
 * A function that finds the strings of an object with a reference or a "$". It looks into each object
 * once, because many clusters share it.
 */
export function markedTexts(): (value: object) => readonly MarkedText[] {
  const known = new Map<object, readonly MarkedText[]>();
  return (value) => {
    const before = known.get(value);
    if (before !== undefined) return before;
    const found: MarkedText[] = [];
    textsIn(value, (text, path) => {
      if (text.includes("$") || text.includes(opening)) found.push({ text, path });
    });
    known.set(value, found);
    return found;
  };
}

/** The label or annotation with which an object is left alone by substitution. */
const switchKey = "kustomize.toolkit.fluxcd.io/substitute";

/** Whether Flux substitutes nothing in this object. */
export function isLeftAlone(object: object): boolean {
  const metadata: unknown = Reflect.get(object, "metadata");
  return ["labels", "annotations"].some((field) => {
    const table = isPlainObject(metadata) ? metadata[field] : undefined;
    return isPlainObject(table) && table[switchKey] === "disabled";
  });
}

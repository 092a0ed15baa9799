import { isPlainObject } from "./printable.js";

/**
 * A deep, frozen copy of plain data without fields that are undefined. Anything else (an Output, a
 * Promise, a marked string) is kept as it is.
 */
export function frozenCopy<Value>(value: Value): Value {
  if (Array.isArray(value)) {
    // An array of the same elements: the element type does not change.
    return Object.freeze(value.map((item: unknown) => frozenCopy(item))) as Value;
  }
  if (!isPlainObject(value)) {
    return value;
  }
  // Spread, because then a key "__proto__" is one like any other.
  const copy: Record<string, unknown> = { ...value };
  let isWhole = true;
  for (const key of Object.keys(copy)) {
    const item = copy[key];
    if (item === undefined) isWhole = false;
    else if (typeof item === "object") copy[key] = frozenCopy(item);
  }
  // The same keys with copies of the same values: the type does not change.
  return Object.freeze(isWhole ? copy : withoutUndefined(copy)) as Value;
}

function withoutUndefined(map: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(map).filter(([, item]) => item !== undefined));
}

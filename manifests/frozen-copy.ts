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
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  // The same keys with copies of the same values: the type does not change.
  return Object.freeze(
    Object.fromEntries(entries.map(([key, item]) => [key, frozenCopy(item)])),
  ) as Value;
}

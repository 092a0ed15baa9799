import { isUnknown } from "../graph/values/unknown-value.js";
import type { Run } from "./problem.js";
import { report, wrongType } from "./problem.js";
import type { FieldSchema } from "./schema.js";

type ScalarType = "string" | "boolean" | "integer" | "number";

const expectations: Readonly<Record<ScalarType, string>> = {
  string: "a string",
  boolean: "true or false",
  integer: "a whole number",
  number: "a number",
};

/** Date and time as RFC 3339 has them. */
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** The formats that CRDs of Flux name; `int64` is what a whole number is anyway. */
const formats: Readonly<Record<string, RegExp | undefined>> = {
  "date-time": dateTime,
  int64: undefined,
};

/**
 * The check of a string, number or flag.
 *
 * @throws SyntaxError for a format that this library does not know
 */
export function scalarCheck(
  type: ScalarType,
  schema: FieldSchema,
): (value: unknown, run: Run) => void {
  const { format, enum: allowed } = schema;
  if (format !== undefined && !Object.hasOwn(formats, format)) {
    throw new SyntaxError(`unknown format of a schema: ${format}`);
  }
  const expected = expectations[type];
  const choices = allowed === undefined ? undefined : new Set(allowed);
  const checkText = textCheck(schema);
  return (value, run) => {
    if (type === "integer" ? !Number.isInteger(value) : typeof value !== type) {
      wrongType(run, expected, value);
    } else if (typeof value === "string" && isOpen(value, run)) {
      return;
    } else if (choices !== undefined && !choices.has(value)) {
      report(run, { kind: "choice", allowed: [...choices], received: value });
    } else if (typeof value === "string") checkText(value, run);
    else if (typeof value === "number") checkNumber(schema, value, run);
  };
}

function textCheck(schema: FieldSchema): (value: string, run: Run) => void {
  const { pattern, minLength = 0, maxLength = Infinity, format = "" } = schema;
  const expression = pattern === undefined ? undefined : new RegExp(pattern);
  const formatted = formats[format];
  return (value, run) => {
    // Kubernetes counts characters, JavaScript the halves of surrogate pairs: never fewer.
    if (value.length > maxLength && Array.from(value).length > maxLength) {
      report(run, { kind: "bound", demand: `at most ${maxLength} characters` });
    }
    if (value.length < minLength) {
      report(run, { kind: "bound", demand: `at least ${minLength} characters` });
    }
    if (expression?.test(value) === false) {
      report(run, { kind: "pattern", pattern: pattern ?? "", received: value });
    }
    if (formatted?.test(value) === false) {
      report(run, { kind: "bound", demand: `a ${format}` });
    }
  };
}

function checkNumber({ minimum, maximum }: FieldSchema, value: number, run: Run): void {
  if (minimum !== undefined && value < minimum) {
    report(run, { kind: "bound", demand: `at least ${minimum}` });
  }
  if (maximum !== undefined && value > maximum) {
    report(run, { kind: "bound", demand: `at most ${maximum}` });
  }
}

/** Whether nothing can be said yet about a text. */
function isOpen(value: string, run: Run): boolean {
  return isUnknown(value) || (run.variables && value.includes("${"));
}

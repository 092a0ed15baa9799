import type { Finding } from "../../errors.js";
import { readExpression } from "./cel-environment.js";
import { isUnknown } from "./unknown-value.js";

/** Where Flux reads an expression: what it declares there, and what it wants to be told. */
export interface ExpressionRule {
  /**
   * The variables, each an object with any fields; then Flux checks types before it evaluates. Without
   * them the fields of the object itself are the variables, and only the spelling is checked by Flux.
   */
  readonly variables?: readonly string[];
  /** The type of the answer. */
  readonly answer: "bool" | "string" | "anything";
  /** What the expression is about, for messages. */
  readonly about: string;
}

/** `readyExpr` of a dependency. */
export const readyRule: ExpressionRule = {
  variables: ["self", "dep"],
  answer: "bool",
  about: "`dep` is what is waited for, `self` what waits",
};

/** `current`, `inProgress` and `failed` of `healthCheckExprs`. */
export const healthRule: ExpressionRule = {
  answer: "bool",
  about: "the fields of the object are the variables: `metadata`, `spec`, `status`",
};

/** `commitStatusExpr` of a Provider. */
export const commitStatusRule: ExpressionRule = {
  variables: ["event", "alert", "provider"],
  answer: "string",
  about: "`event`, `alert` and `provider` are known",
};

/** `resourceFilter` and `resources[].filter` of a Receiver. */
export const resourceFilterRule: ExpressionRule = {
  variables: ["res", "req"],
  answer: "bool",
  about: "`res` is the resource and `req` the body of the request",
};

/** The same for a Receiver of type `generic-oidc`. */
export const claimsFilterRule: ExpressionRule = {
  variables: ["res", "req", "claims"],
  answer: "bool",
  about: "`res` is the resource, `req` the body of the request, `claims` what the token says",
};

/** An expression of `oidcProviders[].validations` of a Receiver. */
export const oidcValidationRule: ExpressionRule = {
  variables: ["claims", "vars"],
  answer: "bool",
  about: "`claims` is what the token says, `vars` what the variables of the provider are",
};

/** An expression of `oidcProviders[].variables`, whose answer may be anything. */
export const oidcVariableRule: ExpressionRule = { ...oidcValidationRule, answer: "anything" };

/** What is known to the reader and not to Flux. */
const notInFlux = new Set(["bind", "json", "hex", "base64", "at"]);

/** What Flux knows and the reader does not; whatever holds one of these is left to Flux. */
const notJudged = new Set(["optMap", "optFlatMap", "existsOne"]);

/**
 * The finding of a CEL expression on which Flux would stall, or that could never yield what Flux asks
 * for. Text that variables are yet to be put into is not looked at.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#dependency-ready-expression
 */
export function expressionFindings(
  value: unknown,
  rule: ExpressionRule,
  path: string,
): readonly Finding[] {
  if (typeof value !== "string" || isUnknown(value) || value.includes("${")) return [];
  const problem = problemOf(value, rule);
  if (problem === undefined) return [];
  const type = rule.answer === "anything" ? "" : ` of type ${rule.answer}`;
  const stalls = rule.variables === undefined ? "" : ", and Flux stalls on anything else";
  return [
    {
      code: "INVALID_EXPRESSION",
      path,
      problem,
      remedy: `Write a CEL expression${type}${stalls}; ${rule.about}.`,
    },
  ];
}

function problemOf(text: string, { variables, answer }: ExpressionRule): string | undefined {
  if (text.trim() === "") return "The expression is empty.";
  const read = readExpression(text, variables);
  const foreign = [...read.calls].find((name) => notInFlux.has(name));
  if (foreign !== undefined) return `Flux has no function "${foreign}".`;
  if ("problem" in read) {
    return [...read.calls].some((name) => notJudged.has(name))
      ? undefined
      : `The expression cannot be read: ${read.problem}.`;
  }
  // Where Flux checks types, a field alone is of no type, even if it holds one.
  const isRight =
    answer === "anything" ||
    read.type === answer ||
    (variables === undefined && read.type === "dyn");
  if (isRight) return undefined;
  const type = read.type === "dyn" ? "of a type that is not known before it is asked" : read.type;
  return `The answer is ${type}, not ${answer}.`;
}

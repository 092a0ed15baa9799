import type { Finding } from "../../errors.js";
import {
  claimsFilterRule,
  commitStatusRule,
  expressionFindings,
  healthRule,
  oidcValidationRule,
  oidcVariableRule,
  readyRule,
  resourceFilterRule,
} from "../values/expressions.js";
import type { ExpressionRule } from "../values/expressions.js";
import type { FluxKind } from "./flux-kinds.js";
import { fluxKindOf } from "./flux-kinds.js";
import type { PlacedCluster, PlacedObject } from "./placed-objects.js";
import { placeOf } from "./reference-findings.js";
import { textOf, valuesAt } from "./references.js";

/** A field with an expression, and how Flux reads it. */
interface ExpressionField {
  readonly field: string;
  readonly rule: ExpressionRule;
}

const health: readonly ExpressionField[] = ["current", "inProgress", "failed"].map((name) => ({
  field: `spec.healthCheckExprs[].${name}`,
  rule: healthRule,
}));
const order: readonly ExpressionField[] = [
  { field: "spec.dependsOn[].readyExpr", rule: readyRule },
  ...health,
];
const filters = (rule: ExpressionRule): readonly ExpressionField[] => [
  { field: "spec.resourceFilter", rule },
  { field: "spec.resources[].filter", rule },
];
const ofReceivers = filters(resourceFilterRule);
const ofTokens: readonly ExpressionField[] = [
  ...filters(claimsFilterRule),
  { field: "spec.oidcProviders[].variables[].expression", rule: oidcVariableRule },
  { field: "spec.oidcProviders[].validations[].expression", rule: oidcValidationRule },
];

/** Every field of Flux that holds a CEL expression, by kind. */
const fields: Readonly<Partial<Record<FluxKind, readonly ExpressionField[]>>> = {
  Kustomization: order,
  HelmRelease: order,
  Provider: [{ field: "spec.commitStatusExpr", rule: commitStatusRule }],
  Receiver: ofReceivers,
};

/** The findings of CEL expressions in the objects of one cluster. */
export function objectExpressionFindings({ objects }: PlacedCluster): readonly Finding[] {
  return objects.flatMap((placed) =>
    fieldsOfKind(placed).flatMap(({ field, rule }) =>
      valuesAt(placed.object, field).flatMap(({ value, at }) =>
        expressionFindings(value, rule, `${placeOf(placed)}: ${at}`),
      ),
    ),
  );
}

function fieldsOfKind({ object, proven }: PlacedObject): readonly ExpressionField[] {
  const kind = fluxKindOf(object);
  // What the Kustomization of a part says was looked at where it was declared.
  if (kind === undefined || (kind === "Kustomization" && proven !== undefined)) return [];
  if (kind === "Receiver" && textOf(object, "spec.type") === "generic-oidc") return ofTokens;
  return fields[kind] ?? [];
}

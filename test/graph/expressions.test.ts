import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubernetesObject } from "../../core.js";
import {
  claimsFilterRule,
  commitStatusRule,
  expressionFindings,
  healthRule,
  oidcVariableRule,
  readyRule,
  resourceFilterRule,
} from "../../graph/values/expressions.js";
import type { ExpressionRule } from "../../graph/values/expressions.js";
import { placedFindings } from "../../graph/references/placed-findings.js";
import {
  healthExpressions,
  knownGaps,
  readyExpressions,
  refusedExpressions,
  refusedHealthExpressions,
} from "../fixtures/expressions.js";
import {
  codesOf,
  kustomization,
  object,
  placed,
  placedCluster,
  release,
} from "../fixtures/placed.js";

function isRefused(text: string, rule: ExpressionRule): boolean {
  return expressionFindings(text, rule, "here").length > 0;
}

function problemOf(text: unknown, rule: ExpressionRule = readyRule): string | undefined {
  return expressionFindings(text, rule, "here")[0]?.problem;
}

describe("a CEL expression", () => {
  it("is taken when Flux takes it, but for the known gaps", () => {
    const refused = readyExpressions.filter((text) => isRefused(text, readyRule));
    assert.deepEqual(
      refused,
      readyExpressions.filter((text) => text in knownGaps),
    );
    assert.deepEqual(
      healthExpressions.filter((text) => isRefused(text, healthRule)),
      [],
    );
  });

  it("is refused when Flux would stall on it, but for the known gaps", () => {
    const taken = refusedExpressions.filter((text) => !isRefused(text, readyRule));
    assert.deepEqual(
      taken,
      refusedExpressions.filter((text) => text in knownGaps),
    );
    assert.deepEqual(
      refusedHealthExpressions.filter((text) => !isRefused(text, healthRule)),
      [],
    );
  });

  it("is told with the place at which it cannot be read, and with the variables that there are", () => {
    assert.deepEqual(expressionFindings("dep.a == other.b", readyRule, "here"), [
      {
        code: "INVALID_EXPRESSION",
        path: "here",
        problem: "The expression cannot be read: Unknown variable: other (character 10).",
        remedy:
          "Write a CEL expression of type bool, and Flux stalls on anything else; `dep` is what is waited for, `self` what waits.",
      },
    ]);
    assert.match(problemOf("") ?? "", /empty/);
    assert.match(problemOf("1 + 2") ?? "", /The answer is int, not bool\./);
    assert.match(problemOf("dep.ready") ?? "", /of a type that is not known before it is asked/);
    assert.match(problemOf("cel.bind(a, dep.x, a == 1)") ?? "", /Flux has no function "bind"/);
  });

  it("has the variables and the answer of its place", () => {
    const wanted: readonly (readonly [string, ExpressionRule, boolean])[] = [
      ["event.involvedObject.name + '/' + provider.metadata.name", commitStatusRule, false],
      ["event.severity == 'error'", commitStatusRule, true],
      ["res.metadata.labels['a'] == req.ref", resourceFilterRule, false],
      ["claims.sub == 'a'", resourceFilterRule, true],
      ["claims.sub == res.metadata.name", claimsFilterRule, false],
      ["claims.sub", oidcVariableRule, false],
      ["claims.", oidcVariableRule, true],
      ["anything.at.all == 1", healthRule, false],
      ["status.ready", healthRule, false],
      ["'yes'", healthRule, true],
    ];
    for (const [text, rule, refused] of wanted) assert.equal(isRefused(text, rule), refused, text);
  });

  it("is left to the cluster where variables are yet to be put in", () => {
    assert.equal(problemOf("dep.metadata.name == '${NAME}' &&"), undefined);
    assert.equal(problemOf(undefined), undefined);
  });
});

describe("an object with an expression", () => {
  const other = (expression: string): object => ({
    dependsOn: [{ name: "other", readyExpr: expression }],
  });

  it("is named with the field, of every kind that has one", () => {
    const health = { apiVersion: "example.com/v1", kind: "Widget" };
    const provider = (commitStatusExpr: string): KubernetesObject =>
      object("Provider", "p", {
        ...{ type: "github", address: "https://github.com/a/b", commitStatusExpr },
      });
    const receiver = (more: object): KubernetesObject =>
      object("Receiver", "r", {
        resources: [{ kind: "GitRepository", name: "flux-system" }],
        ...{ type: "generic", secretRef: { name: "s" }, ...more },
      });
    const tokens = { type: "generic-oidc", resourceFilter: "claims.sub == res.metadata.name" };
    const found = (one: KubernetesObject): readonly string[] =>
      codesOf([one], { complete: false }).filter((code) => code.startsWith("INVALID_EXPRESSION"));
    assert.deepEqual(
      [
        kustomization("a", other("dep.")),
        kustomization("a", {
          healthCheckExprs: [
            { ...health, current: "status.a == 1" },
            { ...health, current: "status.a", inProgress: "1", failed: "(" },
          ],
        }),
        release("a", other("self.a")),
        release("a", { healthCheckExprs: [{ ...health, current: "status." }] }),
        provider("event.severity == 'error'"),
        receiver({ resourceFilter: "claims.sub == 'a'" }),
        receiver({ resources: [{ kind: "GitRepository", name: "*", filter: "req" }] }),
        receiver(tokens),
        receiver({
          ...tokens,
          oidcProviders: [
            {
              variables: [{ name: "v", expression: "claims.a +" }],
              validations: [{ message: "m", expression: "vars.v" }],
            },
          ],
        }),
      ].flatMap(found),
      [
        "INVALID_EXPRESSION Kustomization flux-system/a: spec.dependsOn[0].readyExpr",
        "INVALID_EXPRESSION Kustomization flux-system/a: spec.healthCheckExprs[1].failed",
        "INVALID_EXPRESSION Kustomization flux-system/a: spec.healthCheckExprs[1].inProgress",
        "INVALID_EXPRESSION HelmRelease flux-system/a: spec.dependsOn[0].readyExpr",
        "INVALID_EXPRESSION HelmRelease flux-system/a: spec.healthCheckExprs[0].current",
        "INVALID_EXPRESSION Provider flux-system/p: spec.commitStatusExpr",
        "INVALID_EXPRESSION Receiver flux-system/r: spec.resourceFilter",
        "INVALID_EXPRESSION Receiver flux-system/r: spec.resources[0].filter",
        "INVALID_EXPRESSION Receiver flux-system/r: spec.oidcProviders[0].validations[0].expression",
        "INVALID_EXPRESSION Receiver flux-system/r: spec.oidcProviders[0].variables[0].expression",
      ],
    );
  });

  it("is not looked at again where its part was", () => {
    const root = { kustomization: "flux-system/flux-system", proven: ["spec.dependsOn[]"] };
    const cluster = placedCluster([
      ...placed([kustomization("a", other("dep."))], root),
      ...placed([kustomization("other")]),
    ]);
    assert.deepEqual(placedFindings([cluster]), []);
  });
});

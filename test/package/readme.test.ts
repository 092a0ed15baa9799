import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import ts from "typescript";
import * as core from "../../core.js";
import type { FleetDeclaration, RenderedFleet } from "../../core.js";
import { root } from "../../scripts/test-files.js";
import { fleetContext } from "../fixtures/fleets.js";

describe("the program of the README", () => {
  it("renders the tree that the text below it describes", () => {
    const [fleet, ...others] = declared(program());
    assert.deepEqual(others, []);
    assert.ok(fleet);
    assert.deepEqual(
      fleet.files.map(({ path }) => path),
      [
        ".sops.yaml",
        ...clusterFiles("clusters/production/eu-west-1", "payments"),
        ...clusterFiles("clusters/staging/eu-central-1"),
        ...layerFiles("ingress", ["production", "staging"]),
        "tenants/production/eu-west-1/payments/images.yaml",
        "tenants/production/eu-west-1/payments/kustomization.yaml",
        "tenants/production/eu-west-1/payments/namespace.yaml",
        "tenants/production/eu-west-1/payments/secret-payment-db.yaml",
        "tenants/production/eu-west-1/payments/secret-payments-bot.yaml",
        "tenants/production/eu-west-1/payments/sync.yaml",
      ].sort(),
    );
    assert.deepEqual(fleet.warnings, []);
    assert.deepEqual(Object.keys(fleet.record.tenants), ["payments"]);
  });
});

function clusterFiles(directory: string, ...tenants: readonly string[]): readonly string[] {
  const flux = ["gotk-components.yaml", "gotk-sync.yaml", "kustomization.yaml"];
  return [
    ...flux.map((name) => `${directory}/flux-system/${name}`),
    `${directory}/infrastructure.yaml`,
    `${directory}/ingress.yaml`,
    `${directory}/kustomization.yaml`,
    ...tenants.map((name) => `${directory}/tenants/${name}.yaml`),
  ];
}

function layerFiles(directory: string, environments: readonly string[]): readonly string[] {
  return [
    `${directory}/base/helmrelease-ingress.yaml`,
    `${directory}/base/kustomization.yaml`,
    `${directory}/base/ocirepository-ingress.yaml`,
    ...environments.map((name) => `${directory}/overlays/${name}/kustomization.yaml`),
  ];
}

function program(): string {
  const [, text = ""] =
    /^```ts\n(.*?)^```$/ms.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  assert.match(text, /new Fleet\(/);
  return text;
}

/** Runs a program with the pure core in the place of the components, and returns the fleets it declares. */
function declared(text: string): readonly RenderedFleet[] {
  const fleets: RenderedFleet[] = [];
  class Fleet {
    readonly commit = "unknown";
    constructor(name: string, args: FleetDeclaration) {
      fleets.push(core.renderFleet(name, args, fleetContext()));
    }
  }
  class Config {
    requireSecret(key: string): string {
      return `the ${key} of this stack`.replaceAll(" ", "-");
    }
  }
  const modules: Readonly<Record<string, unknown>> = {
    "@pulumi/pulumi": { Config },
    "pulumi-flux-fleet": { ...core, Fleet },
  };
  const compiled = ts.transpile(text, {
    module: ts.ModuleKind.CommonJS,
    target: ts.ScriptTarget.ES2023,
  });
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the program is our own README
  const run = new Function("require", "exports", compiled) as (
    load: (name: string) => unknown,
    exported: object,
  ) => void;
  run((name) => modules[name] ?? assert.fail(`the program loads ${name}`), {});
  return fleets;
}

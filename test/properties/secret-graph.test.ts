import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { generateIdentity } from "../../components/sops/sealing/index.js";
import type { FleetDeclaration } from "../../core.js";
import { checkFleet, layer, opaqueSecret, renderFleet } from "../../core.js";
import { someCluster, someFleet, someTenant } from "../fixtures/fleets.js";
import { sealedContext } from "../fixtures/secrets.js";

const names = ["a", "b", "c", "d"] as const;
const some = fc.subarray([...names], { minLength: 1 });

/** Fleets of two to four clusters, with Secrets of clusters, layers and tenants at random. */
const fleets = fc.record({
  clusters: fc.integer({ min: 2, max: 4 }),
  environments: fc.array(fc.constantFrom("production", "staging"), { minLength: 4, maxLength: 4 }),
  own: some,
  layers: fc.array(some, { maxLength: 2 }),
  tenants: fc.array(some, { maxLength: 2 }),
  swap: fc.tuple(fc.nat(), fc.nat()),
});

interface Choice {
  readonly clusters: number;
  readonly environments: readonly string[];
  readonly own: readonly string[];
  readonly layers: readonly (readonly string[])[];
  readonly tenants: readonly (readonly string[])[];
}

async function fleetOf(choice: Choice): Promise<FleetDeclaration> {
  const secrets = [opaqueSecret("s", { key: "value" }, { namespace: "platform" })];
  const on = (selected: readonly string[]): readonly { kind: "cluster"; name: string }[] =>
    names
      .slice(0, choice.clusters)
      .filter((name) => selected.includes(name) || name === "a")
      .map((name) => ({ kind: "cluster", name }));
  const breakGlass = await generateIdentity();
  const clusters = await Promise.all(
    names.slice(0, choice.clusters).map(async (name, index) => {
      const { recipient } = await generateIdentity();
      return someCluster(name, {
        environment: choice.environments[index] ?? "production",
        age: { recipient },
        ...(choice.own.includes(name) ? { secrets } : {}),
      });
    }),
  );
  return someFleet({
    clusters,
    layers: choice.layers.map((selected, index) =>
      layer(`layer-${String(index)}`, {
        clusters: on(selected),
        directory: `./layer-${String(index)}`,
        secrets: [opaqueSecret(`l-${String(index)}`, { key: "value" }, { namespace: "platform" })],
      }),
    ),
    tenants: choice.tenants.map((selected, index) =>
      someTenant(`tenant-${String(index)}`, {
        clusters: on(selected),
        secrets: [opaqueSecret("s", { key: "value" })],
      }),
    ),
    sops: { breakGlass: [breakGlass.recipient] },
  });
}

describe("any fleet with secrets", () => {
  it("is right as it is sealed, and wrong with any file sealed as one of another cluster", async () => {
    await fc.assert(
      fc.asyncProperty(fleets, async ({ swap, ...choice }) => {
        const declaration = await fleetOf(choice);
        const context = await sealedContext(declaration);
        const { encrypted, warnings } = renderFleet("acme", declaration, context);
        assert.deepEqual(warnings, []);
        const victim = encrypted[swap[0] % Math.max(encrypted.length, 1)];
        const others = encrypted.filter(({ cluster }) => cluster !== victim?.cluster);
        const other = others[swap[1] % Math.max(others.length, 1)];
        if (victim === undefined || other === undefined) return;
        const envelopes = new Map(context.envelopes);
        const wrong = envelopes.get(other.path);
        assert.ok(wrong !== undefined);
        envelopes.set(victim.path, wrong);
        const codes = checkFleet("acme", declaration, { ...context, envelopes }).map(
          ({ code, path }) => `${code} ${path.split(": ")[1] ?? ""}`,
        );
        assert.deepEqual(codes, [
          `SECRET_NOT_READABLE ${victim.path}`,
          `SECRET_READABLE_ELSEWHERE ${victim.path}`,
        ]);
      }),
      { seed: 20261121, numRuns: 25 },
    );
  });
});

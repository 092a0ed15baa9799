import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Overrides, SecretPart } from "../../core.js";
import { cluster, layer, opaqueSecret } from "../../core.js";
import { plannedEncryption } from "../../components/fleet/render-fleet.js";
import { fleetContext, someFleet, someTenant } from "../fixtures/fleets.js";

const environments = ["prod", "staging"] as const;
const rings = ["canary", "late"] as const;
const names = ["a", "b", "c"] as const;

type List = readonly SecretPart<string>[];

/** Secrets of one Namespace, none of them twice. */
const lists: fc.Arbitrary<List> = fc
  .dictionary(fc.constantFrom("one", "two", "three"), fc.constantFrom("1", "2", "3"), {
    noNullPrototype: true,
  })
  .map((values) =>
    Object.entries(values).map(([name, key]) => opaqueSecret(name, { key }, { namespace: "apps" })),
  );

const tableOf = (keys: readonly string[]): fc.Arbitrary<Readonly<Record<string, List>>> =>
  fc.dictionary(fc.constantFrom(...keys), lists, { noNullPrototype: true });

const seeds = fc.record({
  places: fc.array(fc.tuple(fc.constantFrom(...environments), fc.constantFrom(...rings)), {
    minLength: names.length,
    maxLength: names.length,
  }),
  own: lists,
  environments: tableOf(environments),
  rings: tableOf(rings),
  clusters: tableOf(names),
});

type Seed = typeof seeds extends fc.Arbitrary<infer Value> ? Value : never;

const given = (table: Readonly<Record<string, List>>): Record<string, { secrets: List }> =>
  Object.fromEntries(Object.entries(table).map(([key, secrets]) => [key, { secrets }]));

/** What is encrypted for each cluster when a part of this kind has the Secrets. */
function encrypted(kind: "layer" | "tenant", seed: Seed): readonly string[] {
  const clusters = seed.places.map(([environment, ring], index) =>
    cluster(names[index] ?? "", { environment, ring }),
  );
  const overrides: Overrides<{ readonly secrets: List }> = {
    environments: given(seed.environments),
    rings: given(seed.rings),
    clusters: given(seed.clusters),
  };
  const args = { clusters: "all", secrets: seed.own, overrides } as const;
  const parts =
    kind === "layer"
      ? { layers: [layer("apps", { ...args, directory: "./apps" })] }
      : { tenants: [someTenant("apps", args)] };
  const fleet = someFleet({ clusters, ...parts });
  const { files } = plannedEncryption("acme", fleet, fleetContext());
  return files
    .map(({ cluster: on, secret }) => `${on} ${secret.name} ${secret.args.data["key"] ?? ""}`)
    .sort();
}

describe("Secrets in overrides", () => {
  for (const kind of ["layer", "tenant"] as const) {
    it(`are on each cluster the last ones that are written for it: ${kind}`, () => {
      fc.assert(
        fc.property(seeds, (seed) => {
          const expected = seed.places.flatMap(([environment, ring], index) => {
            const on = names[index] ?? "";
            // Setting in this order is the precedence, written down a second time.
            const written = [
              ...seed.own,
              ...(seed.environments[environment] ?? []),
              ...(seed.rings[ring] ?? []),
              ...(seed.clusters[on] ?? []),
            ];
            const last = new Map(written.map(({ name, args }) => [name, args.data["key"] ?? ""]));
            return [...last].map(([name, value]) => `${on} ${name} ${value}`);
          });
          assert.deepEqual(encrypted(kind, seed), expected.sort());
        }),
        { numRuns: 50 },
      );
    });
  }
});

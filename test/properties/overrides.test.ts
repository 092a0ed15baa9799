import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { FleetDeclaration, RenderedFleet, TenantArgs } from "../../core.js";
import { cluster, gitSource, renderFleet, tenant } from "../../core.js";
import { fleetContext, someFleet } from "../fixtures/fleets.js";

const environments = ["prod", "staging"] as const;
const rings = ["canary", "early", "late"] as const;
const names = ["a", "b", "c", "d", "e"] as const;

type Overrides = NonNullable<TenantArgs<string>["overrides"]>;
type Override = NonNullable<Overrides["rings"]>[string];

interface Seed {
  readonly places: readonly (readonly [string, string])[];
  readonly own: { readonly path: string; readonly interval?: string };
  readonly overrides: Overrides;
}

const override: fc.Arbitrary<Override> = fc.record(
  {
    path: fc.constantFrom("./a", "./b"),
    interval: fc.constantFrom("10m", "20m"),
    source: fc
      .constantFrom("v1.0.0", "v2.0.0")
      .map((tag) => gitSource({ url: "https://git.example.com/apps/shop", tag })),
  },
  { requiredKeys: [] },
);

const tableOf = (keys: readonly string[]): fc.Arbitrary<Readonly<Record<string, Override>>> =>
  fc.dictionary(fc.constantFrom(...keys), override, { noNullPrototype: true });

const seeds: fc.Arbitrary<Seed> = fc.record({
  places: fc.array(fc.tuple(fc.constantFrom(...environments), fc.constantFrom(...rings)), {
    minLength: names.length,
    maxLength: names.length,
  }),
  own: fc.record(
    { path: fc.constantFrom("./a", "./b"), interval: fc.constantFrom("10m", "20m") },
    { requiredKeys: ["path"] },
  ),
  overrides: fc.record({
    environments: tableOf(environments),
    rings: tableOf(rings),
    clusters: tableOf(names),
  }),
});

const base = {
  clusters: "all",
  source: gitSource({ url: "https://git.example.com/apps/shop", branch: "main" }),
} as const;

function fleetOf({ places, own, overrides }: Seed): FleetDeclaration {
  const clusters = places.map(([environment, ring], index) =>
    cluster(names[index] ?? "", { environment, ring }),
  );
  // Environments and rings without a cluster are findings of their own.
  const used = (table: Overrides["rings"], keys: readonly string[]): Overrides["rings"] =>
    Object.fromEntries(Object.entries(table ?? {}).filter(([key]) => keys.includes(key)));
  const known = {
    environments:
      used(
        overrides.environments,
        places.map(([environment]) => environment),
      ) ?? {},
    rings:
      used(
        overrides.rings,
        places.map(([, ring]) => ring),
      ) ?? {},
    clusters: overrides.clusters ?? {},
  };
  return someFleet({ clusters, tenants: [tenant("shop", { ...base, ...own, overrides: known })] });
}

const render = (fleet: FleetDeclaration): RenderedFleet =>
  renderFleet("acme", fleet, fleetContext());

const textsOn = (fleet: RenderedFleet, name: string): readonly string[] =>
  fleet.files.filter(({ path }) => path.split("/")[2] === name).map(({ text }) => text);

describe("overrides", () => {
  it("render on each cluster what the tenant with these arguments alone renders there", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const all = render(fleetOf(seed));
        for (const [index, [environment, ring]] of seed.places.entries()) {
          const name = names[index] ?? "";
          const { environments: e, rings: r, clusters: c } = seed.overrides;
          // Spreading in this order is the precedence, written down a second time.
          const args = { ...base, ...seed.own, ...e?.[environment], ...r?.[ring], ...c?.[name] };
          const alone = someFleet({
            clusters: [cluster(name, { environment, ring })],
            tenants: [tenant("shop", args)],
          });
          assert.deepEqual(textsOn(all, name), textsOn(render(alone), name));
        }
      }),
      { numRuns: 100 },
    );
  });

  it("make as many renderings as there are different arguments", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { manifests } = render(fleetOf(seed));
        const workloads = manifests.filter(
          ({ object }) => object.kind === "Kustomization" && object.metadata.namespace === "shop",
        );
        const sources = manifests.filter(
          ({ object }) => object.kind === "GitRepository" && object.metadata.namespace === "shop",
        );
        const texts = workloads.map(({ object }, index) =>
          JSON.stringify([object, sources[index]?.object]),
        );
        assert.equal(workloads.length, seed.places.length);
        assert.equal(new Set(workloads.map(({ object }) => object)).size, new Set(texts).size);
      }),
      { numRuns: 100 },
    );
  });
});

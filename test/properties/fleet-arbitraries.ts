import fc from "fast-check";
import type { FleetDeclaration, LayerPart, PartHandle, TenantPart } from "../../core.js";
import { gitSource, layer, tenant } from "../../core.js";
import { recipients, someCluster, someFleet } from "../fixtures/fleets.js";

const environments = ["prod", "staging", "test"] as const;
const rings = ["canary", "early", "late"] as const;

/** A fleet without faults: every selector matches, dependencies are on the same clusters. */
export const validFleets: fc.Arbitrary<FleetDeclaration> = fc
  .record({
    clusters: fc.uniqueArray(clusterSeeds(), {
      minLength: 1,
      maxLength: 6,
      selector: ({ at }) => at,
    }),
    layers: fc.array(fc.array(fc.nat(20), { maxLength: 3 }), { maxLength: 4 }),
    tenants: fc.array(tenantSeeds(), { maxLength: 6 }),
    breakGlass: fc.boolean(),
    credentials: fc.boolean(),
  })
  .map(({ clusters, layers, tenants, breakGlass, credentials }) => {
    const parts = clusters.map(({ at, environment, ring, keyed, variable }) =>
      someCluster(`c${String(at)}`, {
        environment,
        ...(ring === undefined ? {} : { ring }),
        ...(keyed ? { age: { recipient: recipients[0] } } : {}),
        ...(variable === undefined ? {} : { variables: { VALUE: variable, A: "b" } }),
      }),
    );
    const layerParts = layers.reduce<LayerPart<string>[]>((made, wanted, index) => {
      const name = `layer${String(index)}`;
      const dependsOn = chosen(made, wanted);
      return [...made, layer(name, { clusters: "all", directory: `./layers/${name}`, dependsOn })];
    }, []);
    const tenantParts = tenants.map((seed, index): TenantPart<string> => {
      const chosenClusters = chosen(parts, seed.clusters);
      return tenant(`tenant${String(index)}`, {
        clusters: chosenClusters.length === 0 ? "all" : chosenClusters,
        dependsOn: chosen(layerParts, seed.dependsOn),
        source: gitSource({ url: `https://git.example.com/t/${String(index)}`, branch: "main" }),
        path: "./deploy",
        ...(seed.note === undefined ? {} : { annotations: { "example.com/note": seed.note } }),
        ...(seed.edit
          ? { role: { kind: "ClusterRole", name: "edit", reason: "because" } as const }
          : {}),
      });
    });
    const base = someFleet({ clusters: parts, layers: layerParts, tenants: tenantParts });
    return {
      ...base,
      repository: {
        ...base.repository,
        ...(credentials ? { sync: { credentials: { token: "read-token" } } } : {}),
      },
      ...(breakGlass ? { sops: { breakGlass: [recipients[1]] } } : {}),
    };
  });

/** The same fleet declared in another order, with the keys of its objects in another order too. */
export function reordered(fleet: FleetDeclaration, seed: number): FleetDeclaration {
  return shuffled(fleet, seed) as FleetDeclaration;
}

function clusterSeeds(): fc.Arbitrary<{
  at: number;
  environment: string;
  ring: string | undefined;
  keyed: boolean;
  variable: string | undefined;
}> {
  return fc.record({
    at: fc.nat(99),
    environment: fc.constantFrom(...environments),
    ring: fc.option(fc.constantFrom(...rings), { nil: undefined }),
    keyed: fc.boolean(),
    variable: fc.option(fc.string({ unit: "grapheme", maxLength: 8 }), { nil: undefined }),
  });
}

function tenantSeeds(): fc.Arbitrary<{
  clusters: number[];
  dependsOn: number[];
  note: string | undefined;
  edit: boolean;
}> {
  return fc.record({
    clusters: fc.array(fc.nat(20), { maxLength: 4 }),
    dependsOn: fc.array(fc.nat(20), { maxLength: 3 }),
    note: fc.option(fc.string({ unit: "grapheme", maxLength: 8 }), { nil: undefined }),
    edit: fc.boolean(),
  });
}

function chosen<Kind extends string>(
  parts: readonly PartHandle<Kind>[],
  wanted: readonly number[],
): readonly PartHandle<Kind>[] {
  const indexes = new Set(parts.length === 0 ? [] : wanted.map((number) => number % parts.length));
  return parts.filter((_, index) => indexes.has(index));
}

/** Lists are turned and reversed, by the seed; objects get their keys in reverse. */
function shuffled(value: unknown, seed: number): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => shuffled(item, seed));
    const by = items.length === 0 ? 0 : seed % items.length;
    const turned = [...items.slice(by), ...items.slice(0, by)];
    return seed % 2 === 0 ? turned : turned.reverse();
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value).map(([key, item]) => [key, shuffled(item, seed)] as const);
  return Object.fromEntries(entries.reverse());
}

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { FleetDeclaration, RenderedFleet } from "../../core.js";
import { checkFleet, layer, parseFleetRecord, renderFleet } from "../../core.js";
import {
  fleetContext,
  findingsOf,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";
import { reordered, validFleets } from "./fleet-arbitraries.js";

const context = fleetContext();

function render(fleet: FleetDeclaration): RenderedFleet {
  return renderFleet("acme", fleet, context);
}

function texts(fleet: RenderedFleet): Map<string, string> {
  return new Map(fleet.files.map(({ path, text }) => [path, text]));
}

/** Lines of the second text that the first has not, and the other way round. */
function changedLines(before: string, after: string): { added: string[]; removed: string[] } {
  const without = (lines: string[], others: string[]): string[] => {
    const rest = [...others];
    return lines.filter((line) => {
      const at = rest.indexOf(line);
      if (at >= 0) rest.splice(at, 1);
      return at < 0;
    });
  };
  const [old, now] = [before.split("\n"), after.split("\n")];
  return { added: without(now, old), removed: without(old, now) };
}

describe("for any fleet without faults", () => {
  it("the order of declaration changes no byte of the tree, the plan or the record", () => {
    fc.assert(
      fc.property(validFleets, fc.nat(), (fleet, seed) => {
        const one = render(fleet);
        const other = render(reordered(fleet, seed));
        assert.deepEqual(other.files, one.files);
        assert.equal(JSON.stringify(other.clusters), JSON.stringify(one.clusters));
        assert.equal(JSON.stringify(other.record), JSON.stringify(one.record));
      }),
      { numRuns: 150 },
    );
  });

  it("rendering again on top of its own record changes nothing and finds nothing", () => {
    fc.assert(
      fc.property(validFleets, (fleet) => {
        const first = render(fleet);
        const record = parseFleetRecord(JSON.parse(JSON.stringify(first.record)), "file");
        const again = fleetContext({ record });
        assert.deepEqual(checkFleet("acme", fleet, again), []);
        assert.deepEqual(renderFleet("acme", fleet, again).files, first.files);
      }),
      { numRuns: 100 },
    );
  });

  it("adding a tenant adds its paths and one line per cluster, and changes nothing else", () => {
    fc.assert(
      fc.property(validFleets, fc.nat(), (fleet, pick) => {
        const on = fleet.clusters.filter((_, index) => ((pick >> index) & 1) === 1);
        const clusters = on.length === 0 ? fleet.clusters : on;
        const added = someTenant("newcomer", { clusters });
        const before = texts(render(fleet));
        const after = texts(render({ ...fleet, tenants: [...(fleet.tenants ?? []), added] }));
        const expected = new Set<string>();
        for (const { name, args } of clusters) {
          const own = `tenants/${args.environment}/${name}/newcomer`;
          const cluster = `clusters/${args.environment}/${name}`;
          expected.add(`${cluster}/tenants/newcomer.yaml`);
          for (const file of ["kustomization", "namespace", "sync"]) {
            expected.add(`${own}/${file}.yaml`);
          }
          const list = `${cluster}/kustomization.yaml`;
          assert.deepEqual(changedLines(before.get(list) ?? "", after.get(list) ?? ""), {
            added: ["- tenants/newcomer.yaml"],
            removed: [],
          });
          before.set(list, after.get(list) ?? "");
        }
        for (const path of expected) {
          assert.ok(!before.has(path) && after.delete(path), path);
        }
        assert.deepEqual(after, before);
      }),
      { numRuns: 100 },
    );
  });

  it("nothing a tenant owns reaches out of its Namespace", () => {
    fc.assert(
      fc.property(validFleets, (fleet) => {
        for (const { object, part } of render(fleet).manifests) {
          const { namespace } = object.metadata;
          if (!part.startsWith("tenant") || namespace === "flux-system") continue;
          assert.ok(!["ClusterRole", "ClusterRoleBinding"].includes(object.kind));
          if (object.kind === "Namespace") continue;
          const spec = (object["spec"] ?? {}) as Readonly<Record<string, unknown>>;
          if (object.kind === "Kustomization") {
            assert.equal(spec["serviceAccountName"], object.metadata.name);
            assert.equal(spec["targetNamespace"], namespace);
            assert.equal((spec["sourceRef"] as { namespace?: string }).namespace, undefined);
          }
          if (object.kind === "RoleBinding") {
            const roleRef = object["roleRef"] as { kind: string; name: string };
            assert.ok(roleRef.kind === "Role" || roleRef.name === "edit");
            for (const subject of object["subjects"] as { kind: string; namespace: string }[]) {
              assert.equal(subject.kind, "ServiceAccount");
              assert.equal(subject.namespace, namespace);
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it("two clusters share no file, and every file belongs to a directory that one of them reads", () => {
    fc.assert(
      fc.property(validFleets, (fleet) => {
        const { files, clusters } = render(fleet);
        for (const { path } of files) {
          if (path === ".sops.yaml") continue;
          const readers = clusters.filter(
            ({ name, environment, path: own }) =>
              path.startsWith(`${own}/`) || path.startsWith(`tenants/${environment}/${name}/`),
          );
          assert.equal(readers.length, 1, path);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("for any dependencies", () => {
  const edges = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 14 });

  it("a circle is reported if and only if there is one, with a walk along real edges", () => {
    fc.assert(
      fc.property(edges, (pairs) => {
        const layers = Array.from({ length: 8 }, (_, from) =>
          layer(`l${String(from)}`, {
            clusters: "all",
            directory: `./l${String(from)}`,
            dependsOn: pairs
              .filter(([source]) => source === from)
              .map(([, target]) => ({ kind: "layer", name: `l${String(target)}` })),
          }),
        );
        const found = findingsOf(someFleet({ layers }));
        assert.ok(found.every(({ code }) => code === "DEPENDENCY_CYCLE"));
        assert.equal(found.length > 0, hasCircle(pairs));
        for (const { problem } of found) {
          const walk = problem.match(/l\d/g) ?? [];
          assert.equal(walk[0], walk.at(-1));
          for (let step = 1; step < walk.length; step++) {
            const [from, to] = [walk[step - 1], walk[step]];
            assert.ok(
              pairs.some(([a, b]) => `l${String(a)}` === from && `l${String(b)}` === to),
              `${String(from)} -> ${String(to)}`,
            );
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  /** Kahn's algorithm: what cannot be taken away node by node goes in a circle. */
  function hasCircle(pairs: readonly (readonly [number, number])[]): boolean {
    let rest = [...pairs];
    for (;;) {
      const sources = new Set(rest.map(([from]) => from));
      const next = rest.filter(([, to]) => sources.has(to));
      if (next.length === rest.length) return rest.length > 0;
      rest = next;
    }
  }
});

describe("for any text", () => {
  const near = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(...Array.from("ab-.0_A \n")), maxLength: 66 }),
  );

  it("a name is taken exactly when Kubernetes takes it as a Namespace", () => {
    fc.assert(
      fc.property(near, (name) => {
        const valid = name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);
        const fleet = someFleet({ clusters: [someCluster(name)] });
        const refused = findingsOf(fleet).some(({ code }) => code === "INVALID_NAME");
        assert.equal(refused, !valid);
      }),
      { numRuns: 500 },
    );
  });

  it("checking ends with findings and never with another error", () => {
    fc.assert(
      fc.property(fc.record({ a: fc.string(), b: fc.string(), c: fc.string() }), ({ a, b, c }) => {
        const fleet = someFleet({
          clusters: [someCluster(a, { environment: b, path: c, variables: { [a]: b } })],
          layers: [layer(b, { clusters: { ring: c }, directory: a, interval: b })],
          tenants: [someTenant(c, { namespace: a, path: b, labels: { [b]: c } })],
        });
        assert.ok(Array.isArray(findingsOf(fleet)));
      }),
      { numRuns: 300 },
    );
  });

  it("checking any JSON ends with findings and never with another error", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const whole = one as unknown as FleetDeclaration;
        assert.ok(findingsOf(whole).length > 0);
        const partly = { ...someFleet(), clusters: [one], tenants: other };
        assert.ok(findingsOf(partly as unknown as FleetDeclaration).length > 0);
      }),
      { numRuns: 300 },
    );
  });
});

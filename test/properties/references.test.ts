import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { KubernetesObject } from "../../core.js";
import { renderFleet } from "../../core.js";
import { objectKey } from "../../graph/objects.js";
import { placedFindings } from "../../graph/references/placed-findings.js";
import type { PlacedCluster } from "../../graph/references/placed-objects.js";
import { referencesOf } from "../../graph/references/references.js";
import { fleetContext } from "../fixtures/fleets.js";
import { object, placed, placedCluster } from "../fixtures/placed.js";
import { validFleets } from "./fleet-arbitraries.js";

const account = { serviceAccountName: "runner" };
const namespaces = ["one", "two"] as const;

/** Objects of two Namespaces in which every reference has its target, and nothing is in a circle. */
const graphs: fc.Arbitrary<readonly KubernetesObject[]> = fc
  .record({
    releases: fc.array(fc.record({ needs: fc.nat(9), values: fc.nat(9), home: fc.nat(1) }), {
      minLength: 1,
      maxLength: 8,
    }),
    kustomizations: fc.array(fc.record({ needs: fc.nat(9), home: fc.nat(1), key: fc.boolean() }), {
      minLength: 2,
      maxLength: 8,
    }),
    images: fc.nat(3),
  })
  .map(({ releases, kustomizations, images }) => [
    ...namespaces.flatMap((home) => [
      object("Namespace", home),
      object("ServiceAccount", `${home}/runner`),
      object("OCIRepository", `${home}/source`, { ref: { tag: "v1" } }),
      object("Secret", `${home}/key`),
    ]),
    ...releases.flatMap(({ needs, values, home }, index) => [
      object("ConfigMap", `${namespace(home)}/values${String(index)}`),
      object("HelmRelease", `${namespace(home)}/r${String(index)}`, {
        ...account,
        chartRef: { kind: "OCIRepository", name: "source" },
        valuesFrom: [{ kind: "ConfigMap", name: `values${String(index)}` }],
        dependsOn: earlier(index, needs, (at) => ({
          name: `r${String(at)}`,
          namespace: namespace(releases[at]?.home ?? 0),
        })),
        timeout: `${String(values + 1)}m`,
      }),
    ]),
    ...kustomizations.map(({ needs, home, key }, index) =>
      object("Kustomization", `${namespace(home)}/k${String(index)}`, {
        ...account,
        wait: true,
        sourceRef: { kind: "OCIRepository", name: "source" },
        ...(key ? { decryption: { provider: "sops", secretRef: { name: "key" } } } : {}),
        dependsOn: earlier(index, needs, (at) => ({
          name: `k${String(at)}`,
          namespace: namespace(kustomizations[at]?.home ?? 0),
        })),
      }),
    ),
    ...Array.from({ length: images }).flatMap((_, index) => [
      object("ImageRepository", `one/i${String(index)}`),
      object("ImagePolicy", `one/i${String(index)}`, {
        imageRepositoryRef: { name: `i${String(index)}` },
        policy: { semver: { range: "1.x" } },
      }),
    ]),
  ]);

function namespace(index: number): string {
  return namespaces[index % 2] ?? "one";
}

/** At most two of those before. */
function earlier<Item>(index: number, seed: number, make: (at: number) => Item): readonly Item[] {
  const chosen = index === 0 ? [] : [...new Set([seed % index, (seed * 7) % index])];
  return chosen.map(make);
}

function found(objects: readonly KubernetesObject[]): readonly string[] {
  return codesAndPlaces(placedCluster(placed(objects)));
}

function codesAndPlaces(...clusters: readonly PlacedCluster[]): readonly string[] {
  return placedFindings(clusters)
    .filter(({ severity }) => severity !== "warning")
    .map(({ code, path }) => `${code} ${path.replace('Layer "base": ', "")}`);
}

function title({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}

/** The graph with an object changed; the index is taken modulo those of the kind. */
function changed(
  objects: readonly KubernetesObject[],
  kind: string,
  index: number,
  spec: (object: KubernetesObject) => object,
): { readonly objects: readonly KubernetesObject[]; readonly at: string } {
  const all = objects.filter((one) => one.kind === kind);
  const chosen = all[index % all.length];
  assert.ok(chosen);
  const next = objects.map((one) =>
    one === chosen ? { ...one, spec: { ...(one["spec"] as object), ...spec(one) } } : one,
  );
  return { objects: next, at: title(chosen) };
}

describe("a graph of Flux objects", () => {
  it("without a fault has no finding", () => {
    fc.assert(fc.property(graphs, (objects) => assert.deepEqual(found(objects), [])));
  });

  it("misses any single object that something refers to, exactly where it does", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (objects, seed) => {
        const gone = objects[seed % objects.length];
        assert.ok(gone);
        const rest = objects.filter((one) => one !== gone);
        const expected = rest.flatMap((one) =>
          referencesOf(one)
            .filter(({ key }) => key === objectKey(gone))
            .map(({ at }) => `DANGLING_REFERENCE ${title(one)}: ${at}`),
        );
        assert.deepEqual([...found(rest)].sort(), expected.sort());
      }),
    );
  });

  it("notices a renamed target, and the one that is nearest is named", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (objects, index) => {
        const edit = changed(objects, "HelmRelease", index, () => ({
          chartRef: { kind: "OCIRepository", name: "sauce" },
        }));
        assert.deepEqual(found(edit.objects), [`DANGLING_REFERENCE ${edit.at}: spec.chartRef`]);
        const [finding] = placedFindings([placedCluster(placed(edit.objects))]);
        assert.match(finding?.remedy ?? "", /\/source/);
      }),
    );
  });

  it("notices another kind, whether the field takes it or not", () => {
    fc.assert(
      fc.property(
        graphs,
        fc.nat(),
        fc.constantFrom("HelmRepository", "GitRepository", "Bucket"),
        (objects, index, kind) => {
          const edit = changed(objects, "Kustomization", index, () => ({
            sourceRef: { kind, name: "source" },
          }));
          assert.deepEqual(found(edit.objects), [
            `WRONG_KIND_REFERENCE ${edit.at}: spec.sourceRef`,
          ]);
        },
      ),
    );
  });

  it("notices another Namespace under lockdown only", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (objects, index) => {
        const edit = changed(objects, "Kustomization", index, ({ metadata }) => ({
          sourceRef: {
            kind: "OCIRepository",
            name: "source",
            namespace: metadata.namespace === "one" ? "two" : "one",
          },
        }));
        assert.deepEqual(found(edit.objects), [
          `CROSS_NAMESPACE_REFERENCE ${edit.at}: spec.sourceRef`,
        ]);
        const open = placedCluster(placed(edit.objects), { lockdown: false });
        assert.deepEqual(codesAndPlaces(open), []);
      }),
    );
  });

  it("notices one edge that closes a circle, and nothing else", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (objects, index) => {
        const all = objects.filter(({ kind }) => kind === "Kustomization");
        const last = all[1 + (index % (all.length - 1))];
        const first = all[0];
        assert.ok(last && first);
        // The last waits for the first, and the first for the last.
        const edge = ({ metadata }: KubernetesObject) => ({
          name: metadata.name,
          namespace: metadata.namespace,
        });
        const circle = objects.map((one) =>
          one === first
            ? { ...one, spec: { ...(one["spec"] as object), dependsOn: [edge(last)] } }
            : one === last
              ? { ...one, spec: { ...(one["spec"] as object), dependsOn: [edge(first)] } }
              : one,
        );
        const codes = found(circle).map((line) => line.split(" ")[0]);
        assert.deepEqual(codes, ["DEPENDENCY_CYCLE"]);
      }),
    );
  });

  it("notices a reference to itself", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), (objects, index) => {
        const edit = changed(objects, "HelmRelease", index, ({ metadata }) => ({
          dependsOn: [{ name: metadata.name }],
        }));
        assert.deepEqual(found(edit.objects), [`SELF_REFERENCE ${edit.at}: spec.dependsOn[0]`]);
      }),
    );
  });

  it("says the same whatever the order of objects and clusters", () => {
    fc.assert(
      fc.property(graphs, fc.nat(), fc.nat(), (objects, gone, seed) => {
        const rest = objects.filter((_, index) => index !== gone % objects.length);
        const by = seed % rest.length;
        const turned = [...rest.slice(by), ...rest.slice(0, by)].reverse();
        const clusters = (list: readonly KubernetesObject[]): readonly PlacedCluster[] => [
          placedCluster(placed(list), { name: "a", ring: "a" }),
          placedCluster(placed(objects), { name: "b", ring: "b" }),
        ];
        assert.deepEqual(
          placedFindings([...clusters(turned)].reverse()),
          placedFindings(clusters(rest)),
        );
      }),
    );
  });
});

describe("what this library renders of its own accord", () => {
  it("refers to nothing that is missing, so that objects of tenants need no look", () => {
    fc.assert(
      fc.property(validFleets, (fleet) => {
        const { clusters, manifests } = renderFleet("acme", fleet, fleetContext());
        const whole = clusters.map((cluster) =>
          placedCluster(
            manifests
              .filter((manifest) => manifest.cluster === cluster.name)
              .map(({ object: one, part, appliedBy = "" }) => ({
                object: one,
                part,
                kustomization: appliedBy,
              })),
            {
              name: cluster.name,
              environment: cluster.environment,
              ring: cluster.ring,
              shared: [],
              external: [
                { kind: "Secret", namespace: "flux-system", name: "sops-age" },
                ...cluster.secrets.map((one) => ({ ...one, kind: "Secret" })),
              ],
            },
          ),
        );
        assert.deepEqual(placedFindings(whole), []);
      }),
      { numRuns: 30 },
    );
  });
});

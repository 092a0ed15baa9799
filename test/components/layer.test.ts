import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubernetesObject, LayerArgs } from "../../core.js";
import { cluster, layer, renderFleet, variable } from "../../core.js";
import { fleetContext, findingsOf, someFleet } from "../fixtures/fleets.js";
import { applied, clusters, config, files, findings, fleet, patch } from "../fixtures/one-layer.js";

describe("a rendered layer", () => {
  it("keeps what all environments share in its base, and the rest resolved in each overlay", () => {
    const tree = files({
      base: { objects: [config("a", { x: "1" }), config("b")] },
      overlays: {
        production: { patches: [patch({ x: "2" })] },
        staging: { objects: [config("c")] },
      },
    });
    const paths = [...tree.keys()].filter((path) => path.startsWith("one/"));
    assert.deepEqual(paths, [
      "one/base/configmap-b.yaml",
      "one/base/kustomization.yaml",
      "one/overlays/production/configmap-a.yaml",
      "one/overlays/production/kustomization.yaml",
      "one/overlays/staging/configmap-a.yaml",
      "one/overlays/staging/configmap-c.yaml",
      "one/overlays/staging/kustomization.yaml",
    ]);
    assert.match(tree.get("one/overlays/production/configmap-a.yaml") ?? "", /x: "2"/);
    assert.match(tree.get("one/overlays/staging/configmap-a.yaml") ?? "", /x: "1"/);
  });

  it("is rendered where its directory says, and hand-written directories are found from there", () => {
    const tree = files({
      directory: "./platform/one",
      base: { objects: [config("a")], directories: ["./crds"] },
      overlays: { staging: { directories: ["./extra/<environment>"] } },
    });
    assert.match(
      tree.get("platform/one/base/kustomization.yaml") ?? "",
      /- "\.\.\/\.\.\/\.\.\/crds"/,
    );
    assert.match(
      tree.get("platform/one/overlays/staging/kustomization.yaml") ?? "",
      /- "\.\.\/\.\.\/\.\.\/\.\.\/extra\/staging"/,
    );
    assert.match(
      tree.get("clusters/staging/test/one.yaml") ?? "",
      /path: ".\/platform\/one\/overlays\/staging"/,
    );
  });

  it("names files by kind and name, and by more only where that is not enough", () => {
    const thing = (group: string): KubernetesObject => ({
      ...config("a:b"),
      apiVersion: `${group}.example.com/v1`,
      kind: "Thing",
    });
    const paths = [
      ...files({ base: { objects: [config("c"), thing("x"), thing("y")] } }).keys(),
    ].filter((path) => /^one\/base\/[ct]/.test(path));
    assert.deepEqual(paths, [
      "one/base/configmap-c.yaml",
      "one/base/thing.x.example.com-flux-system-a_3ab.yaml",
      "one/base/thing.y.example.com-flux-system-a_3ab.yaml",
    ]);
  });

  it("takes the patches and variables of the most specific override last", () => {
    const data = applied({
      base: { objects: [config("a", { v: variable("V", { default: "d" }), p: "base" })] },
      variables: { V: "layer" },
      patches: [patch({ p: "layer", l: "layer" })],
      overlays: { production: { patches: [patch({ p: "overlay" })] } },
      overrides: {
        environments: { production: { variables: { V: "environment" } } },
        rings: { canary: { patches: [patch({ p: "ring" })], variables: { V: "ring" } } },
        clusters: { eu: { patches: [patch({ q: "cluster", l: null })] } },
      },
    });
    assert.deepEqual(data, {
      eu: { v: "ring", p: "ring", q: "cluster" },
      us: { v: "environment", p: "overlay", l: "layer" },
      test: { v: "layer", p: "layer", l: "layer" },
    });
  });

  it("puts the value of the layer over that of the cluster, and a default where there is none", () => {
    const of = (variables: Readonly<Record<string, string>>): unknown =>
      applied({
        base: { objects: [config("a", { r: variable("REGION", { default: "none" }) })] },
        variables,
      });
    assert.deepEqual(of({}), { eu: { r: "west" }, us: { r: "none" }, test: { r: "none" } });
    assert.deepEqual(of({ REGION: "x" }), { eu: { r: "x" }, us: { r: "x" }, test: { r: "x" } });
  });

  it("has the variables that a patch of the cluster gives it", () => {
    const target = { kind: "ConfigMap", name: "flux-runtime-info" };
    const eu = cluster("eu", {
      environment: "production",
      variables: { REGION: "west" },
      patches: [{ target, patch: { data: { REGION: "east", ZONE: "a" } } }],
    });
    const data = { r: `${variable("REGION")}-${variable("ZONE")}` };
    const one = layer("one", { clusters: [eu], base: { objects: [config("a", data)] } });
    const declared = someFleet({ clusters: [eu], layers: [one] });
    const { manifests } = renderFleet("acme", declared, fleetContext());
    const found = manifests.find(({ appliedBy }) => appliedBy === "flux-system/one");
    assert.deepEqual(found?.object["data"], { r: "east-a" });
  });

  it("substitutes on every cluster when one does and text is escaped", () => {
    const tree = files({ base: { objects: [config("a", { sh: "echo ${HOME}" })] } });
    assert.match(tree.get("one/base/configmap-a.yaml") ?? "", /echo \$\$\{HOME\}/);
    assert.match(tree.get("clusters/production/us/one.yaml") ?? "", /CLUSTER_NAME: us/);
    assert.doesNotMatch(tree.get("clusters/production/eu/one.yaml") ?? "", /CLUSTER_NAME/);
  });

  it("escapes nothing where no cluster substitutes", () => {
    const [, us, test] = clusters;
    const one = layer("one", {
      clusters: [us, test],
      base: { objects: [config("a", { sh: "echo ${HOME} $$" })] },
    });
    const fleetOf = someFleet({ clusters: [us, test], layers: [one] });
    const { files: rendered } = renderFleet("acme", fleetOf, fleetContext());
    const text = rendered.find(({ path }) => path === "one/base/configmap-a.yaml")?.text;
    assert.match(text ?? "", /echo \$\{HOME\} \$\$"/);
  });

  it("says only what Flux does not do anyway", () => {
    const text = files({ base: { objects: [config("a")] } }).get("clusters/staging/test/one.yaml");
    const fields = (text ?? "").split("\n").filter((line) => /^ {2}\S/.test(line));
    assert.deepEqual(
      fields.slice(2).map((line) => line.trim().split(":")[0]),
      ["interval", "path", "prune", "retryInterval", "serviceAccountName", "sourceRef"].concat(
        ...["timeout", "wait"],
      ),
    );
  });

  it("has the same bytes whatever the order of its parts", () => {
    const objects = [config("a", { x: "${A}" }), config("b"), config("c")];
    const one = files({ base: { objects, directories: ["./x", "./y"] } });
    const other = files({
      base: { directories: ["./y", "./x"], objects: [...objects].reverse() },
    });
    assert.deepEqual([...one], [...other]);
  });
});

describe("a layer is refused", () => {
  const base = { objects: [config("a")] };
  const cases: Readonly<Record<string, readonly [Partial<LayerArgs<string>>, readonly string[]]>> =
    {
      "with a Secret, which would be committed": [
        { base: { objects: [{ ...config("a"), kind: "Secret" }] } },
        ['SECRET_IN_GIT Layer "one": base.objects[0]'],
      ],
      "with an object of Flux in no Namespace": [
        {
          base: {
            objects: [
              {
                apiVersion: "source.toolkit.fluxcd.io/v1",
                kind: "GitRepository",
                metadata: { name: "x" },
                spec: { interval: "1m", url: "https://git.example.com/x" },
              },
            ],
          },
        },
        ['MISSING_NAMESPACE Layer "one": base.objects[0].metadata.namespace'],
      ],
      "with an overlay of an environment that it is not in": [
        { base, overlays: { produktion: {} } },
        ['EMPTY_SELECTOR Layer "one": overlays["produktion"]'],
      ],
      "without anything for an environment": [
        { overlays: { production: base } },
        ['EMPTY_LAYER Layer "one": overlays["staging"]'],
      ],
      "with a patch that matches nothing": [
        { base, patches: [patch({ x: "1" }, "b")] },
        ['PATCH_UNUSED Layer "one": patches[0].target'],
      ],
      "with a patch that renames": [
        { base, patches: [{ target: { kind: "ConfigMap" }, patch: { metadata: { name: "b" } } }] },
        ['PATCH_REFUSED Layer "one": patches[0].patch'],
      ],
      "with an environment in the directory that is rendered": [
        { base, directory: "./one/<environment>" },
        ['INVALID_PATH Layer "one": directory'],
      ],
      "with a directory outside of the repository": [
        { base: { ...base, directories: ["../x"] } },
        ['INVALID_PATH Layer "one": base.directories[0]'],
      ],
      "with a directory inside of what is rendered": [
        { base: { ...base, directories: ["./one/base/x"] } },
        ['PATH_OVERLAP Layer "one": base.directories[0]'],
      ],
      "with one directory twice": [
        {
          base: { ...base, directories: ["./x"] },
          overlays: { staging: { directories: ["./x"] } },
        },
        ['PATH_OVERLAP Layer "one": overlays["staging"].directories[0]'],
      ],
      "with health checks that Flux ignores": [
        {
          base,
          healthChecks: [
            { apiVersion: "v1", kind: "ConfigMap", name: "a", namespace: "flux-system" },
          ],
        },
        ['HEALTH_CHECK_IGNORED Layer "one": healthChecks'],
      ],
      "with expressions that Flux ignores": [
        {
          base,
          wait: false,
          healthCheckExprs: [{ apiVersion: "v1", kind: "ConfigMap", current: "true" }],
        },
        ['HEALTH_CHECK_IGNORED Layer "one": healthCheckExprs'],
      ],
      "with a wrong duration in an override": [
        { base, overrides: { rings: { canary: { timeout: "soon" } } } },
        [
          'INVALID_DURATION Layer "one": Kustomization flux-system/one: spec.timeout',
          'INVALID_DURATION Layer "one": overrides.rings["canary"].timeout',
        ],
      ],
      "with a variable that has no value on some cluster": [
        { base: { objects: [config("a", { r: variable("REGION") })] } },
        ['UNSET_VARIABLE Layer "one": ConfigMap flux-system/a: data.r'],
      ],
      "with a value that cannot be put in": [
        {
          base: { objects: [config("a", { r: variable("R") })] },
          variables: { R: 'say "x"' },
        },
        ['UNSAFE_VARIABLE Layer "one": ConfigMap flux-system/a: data.r'],
      ],
      "with a variable in Flux's own form": [
        { base: { objects: [config("a", { r: "in ${REGION}" })] } },
        ['UNMARKED_VARIABLE Layer "one": ConfigMap flux-system/a: data.r'],
      ],
      "with a variable for a name": [
        { base: { objects: [config(variable("R"))] }, variables: { R: "x" } },
        ['INVALID_VARIABLE Layer "one": base.objects[0].metadata.name'],
      ],
      "with two defaults of one variable": [
        {
          base: {
            objects: [
              config("a", {
                a: variable("R", { default: "1" }),
                b: variable("R", { default: "2" }),
              }),
            ],
          },
        },
        ['INVALID_VARIABLE Layer "one": ConfigMap flux-system/a: data.b'],
      ],
      "with text on which Flux would fail": [
        { base: { objects: [config("a", { r: "\tx\ny", s: "a\u2028b" })] } },
        [
          'UNPRINTABLE_STRING Layer "one": base.objects[0].data.r',
          'UNPRINTABLE_STRING Layer "one": base.objects[0].data.s',
        ],
      ],
      "with an object in base and overlay": [
        { base, overlays: { staging: { objects: [config("a")] } } },
        ['DUPLICATE_OBJECT Cluster "test": ConfigMap flux-system/a'],
      ],
    };
  for (const [title, [args, expected]] of Object.entries(cases)) {
    it(title, () => {
      assert.deepEqual(findings(args), expected);
    });
  }

  it("beside another that is rendered into the same directory", () => {
    const other = layer("two", { clusters: [clusters[2]], directory: "./one", base });
    const one: Partial<LayerArgs<string>> = { clusters: [clusters[0]], base };
    const found = findingsOf(fleet(one, [other])).map(({ code, path }) => `${code} ${path}`);
    assert.deepEqual(found, ['PATH_OVERLAP Layer "two": directory']);
  });

  it("not without `wait`, but warned when nothing looks at what it applied", () => {
    const [finding] = findingsOf(fleet({ base, wait: false }));
    assert.equal(finding?.code, "HEALTH_UNCHECKED");
    assert.equal(finding.severity, "warning");
  });
});

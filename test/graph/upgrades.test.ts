import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  changesLine,
  fluxLineOf,
  storedVersionFindings,
  uncheckedFindings,
  versionFindings,
} from "../../graph/changes/upgrades.js";

const codes = (from: string | undefined, to: string | undefined): readonly string[] =>
  versionFindings([{ cluster: "eu", from, to }], "flux.version").map(({ code }) => code);

describe("a change of the Flux version", () => {
  const accepted = [
    ["2.9.4", "2.9.4"],
    ["2.9.1", "2.9.4"],
    ["2.9.4", "2.9.1"],
    ["2.8.8", "2.9.0"],
    ["2.9.4", "2.10.1"],
    ["2.9.4", "2.10.0-rc.1"],
    [undefined, "2.9.4"],
    ["2.9.4", undefined],
    ["main", "2.9.4"],
  ] as const;
  for (const [from, to] of accepted) {
    it(`from ${from ?? "nothing"} to ${to ?? "nothing"} is fine`, () => {
      assert.deepEqual(codes(from, to), []);
    });
  }

  const refused = [
    ["2.9.4", "2.8.8", "FLUX_DOWNGRADE"],
    ["2.10.0", "2.9.4", "FLUX_DOWNGRADE"],
    ["3.0.0", "2.9.4", "FLUX_DOWNGRADE"],
    ["2.7.5", "2.9.4", "FLUX_SKIPPED_MINOR"],
    ["2.9.4", "2.11.0", "FLUX_SKIPPED_MINOR"],
    ["2.9.4", "3.0.0", "FLUX_SKIPPED_MINOR"],
  ] as const;
  for (const [from, to, code] of refused) {
    it(`from ${from} to ${to} is ${code}`, () => {
      assert.deepEqual(codes(from, to), [code]);
    });
  }

  it("over several minor versions names each of them as the way", () => {
    const [finding] = versionFindings([{ cluster: "eu", from: "2.6.4", to: "2.9.4" }], "at");
    assert.equal(finding?.path, "at");
    assert.equal(
      finding.problem,
      'Cluster "eu" would go from Flux 2.6.4 to 2.9.4 without having run what is between.',
    );
    assert.match(finding.remedy, /^Declare 2\.7, then 2\.8 first, each until every cluster runs/);
  });

  it("is said once for all clusters that make it, with the first of their names", () => {
    const clusters = ["a", "b", "c", "d", "e", "f", "g"];
    const changes = clusters.map((cluster) => ({ cluster, from: "2.9.4", to: "2.8.8" }));
    const findings = versionFindings(
      [...changes, { cluster: "x", from: "2.7.5", to: "2.9.4" }],
      "flux.version",
    );
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["FLUX_DOWNGRADE", "FLUX_SKIPPED_MINOR"],
    );
    assert.match(findings[0]?.problem ?? "", /^Clusters "a", "b", "c", "d", "e" and 2 more would/);
  });

  it("with a written reason is a warning that quotes it, with an empty one it is refused", () => {
    const change = { cluster: "eu", from: "2.9.4", to: "2.8.8" };
    const [allowed] = versionFindings([change], "flux.version", "restored from a backup");
    assert.equal(allowed?.severity, "warning");
    assert.equal(allowed.remedy, 'The reason given is "restored from a backup".');
    const [refusedStill] = versionFindings([change], "flux.version", "  ");
    assert.equal(refusedStill?.severity, undefined);
  });

  it("leaves its line only when major or minor differ", () => {
    assert.equal(changesLine({ cluster: "eu", from: "2.9.1", to: "2.9.4" }), false);
    assert.equal(changesLine({ cluster: "eu", from: "2.8.8", to: "2.9.4" }), true);
    assert.equal(changesLine({ cluster: "eu", from: undefined, to: "2.9.4" }), false);
    assert.equal(fluxLineOf("v2.10.0-rc.1"), "2.10");
    assert.equal(fluxLineOf("latest"), undefined);
  });
});

describe("stored versions", () => {
  const applied = [{ name: "buckets.source.toolkit.fluxcd.io", versions: ["v1", "v1beta2"] }];
  it("that the new definitions have are fine, as are definitions that are not applied", () => {
    const live = [
      { name: "buckets.source.toolkit.fluxcd.io", versions: ["v1beta2", "v1"] },
      { name: "imagepolicies.image.toolkit.fluxcd.io", versions: ["v1alpha1"] },
    ];
    assert.deepEqual(storedVersionFindings("eu", "2.9.4", live, applied), []);
  });
  it("that they lack are one finding for the cluster, with each definition", () => {
    const live = [
      { name: "buckets.source.toolkit.fluxcd.io", versions: ["v1alpha1", "v1beta1", "v1"] },
    ];
    const findings = storedVersionFindings("eu", "2.9.4", live, applied);
    assert.deepEqual(findings, [
      {
        code: "FLUX_STORED_VERSION",
        path: 'Cluster "eu": flux.version',
        problem:
          "Its API server would refuse definitions of Flux 2.9.4, which lack versions that objects may be stored in: buckets.source.toolkit.fluxcd.io (v1alpha1, v1beta1).",
        remedy: "Run `flux migrate` on the cluster, then `up` again.",
      },
    ]);
  });
  it("that nobody looked at are one warning for all clusters with the same reason", () => {
    const names = ["a", "b", "c", "d", "e", "f"];
    const away = names.map((cluster) => ({ cluster, to: "2.9.4", why: "it is out of reach" }));
    const findings = uncheckedFindings([
      ...away,
      { cluster: "x", to: "2.9.4", why: "it has no kubeconfig here" },
    ]);
    assert.deepEqual(
      findings.map(({ severity, path }) => [severity, path]),
      [
        ["warning", "flux.version"],
        ["warning", "flux.version"],
      ],
    );
    assert.equal(
      findings[0]?.problem,
      'Whether stored versions allow the step to Flux 2.9.4 was not checked on "a", "b", "c", "d", "e" and 1 more: it is out of reach.',
    );
    assert.match(findings[1]?.problem ?? "", /on "x": it has no kubeconfig here\.$/);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crdsOf, defaultVersions, fluxLine, supportedLines } from "../../api/index.js";
import { lineChanges } from "../../api/history.js";
import { lineKinds } from "../../api/lines.js";
import { storageVersion } from "../../api/schema.js";
import { merged } from "../../manifests/object-patch.js";
import { lineDifference } from "../../scripts/api/line-difference.js";

describe("a line of Flux", () => {
  for (const [version, line] of [
    ["2.9.4", "2.9"],
    ["v2.8.0", "2.8"],
    ["2.7", "2.7"],
    ["2.9.0-rc.1", "2.9"],
  ] as const) {
    it(`of ${version} is ${line}`, () => {
      assert.deepEqual(fluxLine(version), { line, newest: line === "2.9", beyond: false });
    });
  }

  for (const version of ["2.10.0", "2.11.3", "3.0.0"]) {
    it(`of ${version} is the newest known, and said to be beyond it`, () => {
      assert.deepEqual(fluxLine(version), { line: "2.9", newest: true, beyond: true });
    });
  }

  for (const version of ["2.6.4", "0.41.2", "1.9.9", "latest", "2", "", "2.x", "22.9x"]) {
    it(`of ${JSON.stringify(version)} is unknown`, () => {
      assert.equal(fluxLine(version), undefined);
    });
  }

  it("is one of three, oldest first, each with the release it was read from", () => {
    assert.deepEqual(supportedLines, ["2.7", "2.8", "2.9"]);
    assert.deepEqual(defaultVersions, { "2.7": "2.7.5", "2.8": "2.8.8", "2.9": "2.9.4" });
  });

  it("that is not supported defines nothing", () => {
    assert.deepEqual(crdsOf("2.6"), []);
  });
});

describe("the definitions of every line", () => {
  for (const line of supportedLines) {
    it(`are those of fifteen kinds in Flux ${line}`, () => {
      const kinds = crdsOf(line).map(
        ({ spec }) => (spec as { names: { kind: string } }).names.kind,
      );
      assert.deepEqual(kinds.sort(), [
        ...["Alert", "ArtifactGenerator", "Bucket", "ExternalArtifact", "GitRepository"],
        ...["HelmChart", "HelmRelease", "HelmRepository", "ImagePolicy", "ImageRepository"],
        ...["ImageUpdateAutomation", "Kustomization", "OCIRepository", "Provider", "Receiver"],
      ]);
    });

    it(`hold no prose in Flux ${line}`, () => {
      const prose: string[] = [];
      JSON.stringify(crdsOf(line), (key, value: unknown) => {
        if (key === "description" && typeof value === "string") prose.push(value);
        return value;
      });
      assert.deepEqual(prose, []);
    });

    it(`keep notifications at v1beta3 in Flux ${line}`, () => {
      const kinds = lineKinds(line);
      const stored = ["Provider", "Alert", "Receiver"].map((name) => {
        const kind = kinds[name];
        assert.ok(kind);
        return storageVersion(kind);
      });
      assert.deepEqual(stored, ["v1beta3", "v1beta3", "v1"]);
    });
  }

  it("come back from the difference to the next newer line", () => {
    const [newer, older] = [lineKinds("2.9"), lineKinds("2.7")];
    assert.deepEqual(merged(newer, lineDifference(newer, older)), older);
    assert.notDeepEqual(newer, older);
    assert.deepEqual(lineDifference(newer, newer), {});
  });
});

describe("the changes between lines", () => {
  const changes = lineChanges();
  for (const expected of [
    { line: "2.9", kind: "Kustomization", field: "spec.buildMetadata", change: "new" },
    { line: "2.9", kind: "Receiver", field: "spec.type", change: "new", value: '"generic-oidc"' },
    { line: "2.9", kind: "Receiver", field: "spec.secretRef", change: "optional" },
    { line: "2.9", kind: "GitRepository", field: "spec", change: "rules" },
    { line: "2.8", kind: "HelmRelease", field: "spec.waitStrategy", change: "new" },
  ]) {
    it(`name ${expected.kind} ${expected.field} as ${expected.change} in ${expected.line}`, () => {
      assert.ok(changes.some((change) => isSame(change, expected)));
    });
  }

  it("name a field that came with all it holds only once", () => {
    const fields = changes.filter(({ kind, line }) => kind === "Receiver" && line === "2.9");
    const within = fields.filter(({ field }) => field.startsWith("spec.oidcProviders"));
    assert.deepEqual(
      within.map(({ field }) => field),
      ["spec.oidcProviders"],
    );
  });
});

function isSame(one: object, other: object): boolean {
  return (
    JSON.stringify(Object.entries(one).sort()) === JSON.stringify(Object.entries(other).sort())
  );
}

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as api from "../../api/index.js";
import { lineKinds } from "../../api/lines.js";
import { storageVersion } from "../../api/schema.js";
import { builderName } from "../../scripts/api/type-files.js";

describe("a builder", () => {
  it("is there for every kind of the newest line, in the version to write", () => {
    const kinds = Object.entries(lineKinds("2.9"));
    assert.equal(kinds.length, 15);
    const builders = new Map(Object.entries(api));
    for (const [kind, definition] of kinds) {
      const builder = builders.get(builderName(kind));
      assert.equal(typeof builder, "function", kind);
      const build = builder as (metadata: object, spec: object) => unknown;
      assert.deepEqual(build({ name: "a" }, {}), {
        apiVersion: `${definition.group}/${storageVersion(definition)}`,
        kind,
        metadata: { name: "a" },
        spec: {},
      });
    }
  });

  it("copies what it is given, leaves out what is undefined, and freezes the object", () => {
    const spec = { interval: "1m", url: "https://git.example.com/a", timeout: undefined };
    const labels: Record<string, string> = { team: "web" };
    const source = api.gitRepository({ name: "a", labels }, spec);
    labels["team"] = "other";
    assert.deepEqual(Object.keys(source.spec), ["interval", "url"]);
    assert.deepEqual(source.metadata.labels, { team: "web" });
    for (const part of [source, source.spec, source.metadata, source.metadata.labels]) {
      assert.ok(Object.isFrozen(part));
    }
  });
});

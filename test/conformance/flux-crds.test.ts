import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { crdsOf, defaultVersions, supportedLines } from "../../api/index.js";
import sources from "../../api/lines/sources.json";
import type { KubernetesObject } from "../../core.js";
import { dataPath, partVersion } from "../../lab/parts/index.js";

const version = partVersion("flux");
const line = version.replace(/\.\d+$/, "");
const committed = sources[line as keyof typeof sources].controllers;
const controllers = Object.entries(committed).filter(([name]) => name !== "source-watcher");

/** The definition as a controller ships it, without what people read in it. */
function withoutProse(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, item: unknown) =>
    key === "description" && typeof item === "string" ? undefined : item,
  );
}

describe(`the definitions of Flux ${line}`, () => {
  it("are those of the pinned release", () => {
    assert.equal(defaultVersions[line], version);
    assert.equal(line, supportedLines.at(-1));
  });

  for (const [controller, { files }] of controllers) {
    it(`are those of the pinned ${controller}, apart from descriptions`, () => {
      const folder = join(dataPath("crds"), controller);
      const ours = new Map(crdsOf(line).map((crd) => [crd.metadata.name, crd]));
      const names = readdirSync(folder).sort();
      assert.deepEqual(names, Object.keys(files).sort());
      for (const file of names) {
        const bytes = readFileSync(join(folder, file));
        const definition = parse(bytes.toString("utf8")) as KubernetesObject;
        assert.deepEqual(ours.get(definition.metadata.name), withoutProse(definition), file);
        const checksum = createHash("sha256").update(bytes).digest("hex");
        assert.equal(files[file as keyof typeof files], checksum, file);
      }
    });
  }
});

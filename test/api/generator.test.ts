import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { crdsOf } from "../../api/index.js";
import { lineKinds } from "../../api/lines.js";
import { merged } from "../../manifests/object-patch.js";
import { lineFileTexts } from "../../scripts/api/api-files.js";
import { committedLines, updatedLines } from "../../scripts/api/line-files.js";
import { readReleases } from "../../scripts/api/read-crds.js";

const [newest] = committedLines();
const helm = "helm-controller";
const helmFile = "helm.toolkit.fluxcd.io_helmreleases.yaml";

/** The definition of a file, with prose and with a field that is called description. */
function definition(file: string): string {
  const [group, plural] = file.replace(".yaml", "").split("_");
  const found = crdsOf("2.9").find(({ metadata }) => metadata.name === `${plural}.${group}`);
  return JSON.stringify(found, (key, value: unknown) =>
    key === "interval" ? { description: "how often", type: "string" } : value,
  ).replaceAll('"suspend":', '"description":{"type":"string"},"suspend":');
}

describe("a release that is read from a directory", () => {
  const directory = mkdtempSync(join(tmpdir(), "flux-crds-"));
  const release = join(directory, "2.10.1");

  before(() => {
    for (const [name, { files }] of Object.entries(newest?.controllers ?? {})) {
      const folder = join(release, `${name}@v9.0.0`);
      mkdirSync(folder, { recursive: true });
      for (const file of Object.keys(files)) {
        // JSON is YAML.
        writeFileSync(join(folder, file), definition(file));
      }
    }
  });
  after(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it("is a new line, newer than those before", () => {
    const lines = updatedLines(committedLines(), readReleases(directory));
    assert.deepEqual(
      lines.map(({ line, flux }) => `${line} ${flux}`),
      ["2.10 2.10.1", "2.9 2.9.4", "2.8 2.8.8", "2.7 2.7.5"],
    );
    assert.equal(Object.keys(lines[0]?.kinds ?? {}).length, 15);
  });

  it("is written with the versions of its controllers and the checksums of their files", () => {
    const [line] = updatedLines([], readReleases(directory));
    const bytes = readFileSync(join(release, `${helm}@v9.0.0`, helmFile));
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    assert.deepEqual(line?.controllers[helm], {
      version: "v9.0.0",
      files: { [helmFile]: sha256 },
    });
  });

  it("loses its prose, but no field that is called description", () => {
    const [line] = updatedLines([], readReleases(directory));
    const text = JSON.stringify(line?.kinds);
    assert.ok(!text.includes("how often"));
    assert.ok(text.includes('"description":{"type":"string"}'));
  });

  it("makes the file of the line before a difference", async () => {
    const lines = updatedLines(committedLines(), readReleases(directory));
    const texts = await lineFileTexts(lines);
    assert.deepEqual(Object.keys(texts).sort(), [
      ...["2.10", "2.7", "2.8", "2.9"].map((line) => `api/lines/${line}.json`),
      "api/lines/index.ts",
      "api/lines/sources.json",
    ]);
    const [whole, difference] = ["2.10", "2.9"].map((line): unknown =>
      JSON.parse(texts[`api/lines/${line}.json`] ?? ""),
    );
    assert.deepEqual(whole, lines[0]?.kinds);
    assert.deepEqual(merged(whole, difference), newest?.kinds);
  });

  it("is refused as a new line when a controller is missing, which keeps its kinds otherwise", () => {
    const partial = (flux: string): ReturnType<typeof readReleases> =>
      readReleases(directory).map(({ controllers }) => ({
        flux,
        controllers: Object.fromEntries(
          Object.entries(controllers).filter(([name]) => name === helm),
        ),
      }));
    assert.throws(
      () => updatedLines(committedLines(), partial("2.10.1")),
      /^Error: Flux 2\.10\.1 is a new line without image-automation-controller, .*source-watcher\.$/,
    );
    const [line] = updatedLines(committedLines(), partial("2.9.5"));
    assert.equal(line?.flux, "2.9.5");
    assert.equal(line.controllers[helm]?.version, "v9.0.0");
    assert.deepEqual(line.kinds["Receiver"], newest?.kinds["Receiver"]);
  });
});

describe("the committed lines", () => {
  it("are what the library reads", () => {
    for (const { line, kinds } of committedLines()) assert.deepEqual(kinds, lineKinds(line));
  });
});

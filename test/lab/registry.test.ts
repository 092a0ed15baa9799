import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";

import { startRegistry } from "../../lab/registry.js";
import type { LabRegistry } from "../../lab/registry.js";
import { tarGz } from "../../lab/tar.js";

let registry: LabRegistry;

before(async () => {
  registry = await startRegistry();
});
after(() => registry.close());

test("packs what tar unpacks, the same bytes each time", () => {
  const files = { "a.txt": "one\n", "b/empty": "", "b/long": "x".repeat(1025) };
  const packed = tarGz(files);
  assert.deepEqual(packed, tarGz(files));
  const listed = execFileSync("tar", ["-tzf", "-"], { input: packed, encoding: "utf8" });
  assert.deepEqual(listed.trim().split("\n"), Object.keys(files));
  for (const [name, text] of Object.entries(files)) {
    const unpacked = execFileSync("tar", ["-xzOf", "-", name], { input: packed, encoding: "utf8" });
    assert.equal(unpacked, text);
  }
});

test("keeps images, charts and artifacts under their tags, each found by its digest", async () => {
  const image = await registry.pushImage("acme/web", "1.0.0");
  const chart = await registry.pushChart("charts/web", {
    version: "0.1.0+build",
    files: { "templates/a.yaml": "a: 1\n" },
  });
  const artifact = await registry.pushArtifact("manifests/web", "v1", {
    files: { "a.yaml": "a: 1\n" },
    revision: "main@sha1:0000000000000000000000000000000000000000",
  });
  assert.equal(new Set([image, chart, artifact]).size, 3);
  for (const [repository, digest] of [
    ["acme/web", image],
    ["charts/web", chart],
    ["manifests/web", artifact],
  ]) {
    const url = `http://${registry.host}/v2/${repository ?? ""}/manifests/${digest ?? ""}`;
    const response = await fetch(url, {
      headers: { Accept: "application/vnd.oci.image.manifest.v1+json" },
    });
    assert.equal(response.status, 200, repository);
    const { layers } = (await response.json()) as { layers: { digest: string }[] };
    const layer = await fetch(
      `http://${registry.host}/v2/${repository ?? ""}/blobs/${layers[0]?.digest ?? ""}`,
    );
    assert.equal(layer.status, 200);
  }
  assert.deepEqual(await registry.tags("charts/web"), ["0.1.0_build"]);
});

test("gives another tag to what is there, and tells two images with different tags apart", async () => {
  const one = await registry.pushImage("acme/api", "1.0.0");
  const two = await registry.pushImage("acme/api", "1.1.0");
  assert.notEqual(one, two);
  await registry.tag("acme/api", "1.1.0", "stable");
  assert.deepEqual(await registry.tags("acme/api"), ["1.0.0", "1.1.0", "stable"]);
  assert.deepEqual(await registry.tags("acme/none"), []);
  await assert.rejects(registry.tag("acme/api", "9.9.9", "stable"), /has no acme\/api:9\.9\.9/u);
});

test("can be out of reach for a while and has everything afterwards", async () => {
  await registry.pushImage("acme/kept", "1.0.0");
  await registry.stop();
  await assert.rejects(fetch(`http://${registry.host}/v2/`));
  await registry.start();
  assert.deepEqual(await registry.tags("acme/kept"), ["1.0.0"]);
});

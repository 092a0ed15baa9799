import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";

const root = join(__dirname, "..", "..");

describe("pulumi-flux-fleet/core", () => {
  it("renders a fleet in a process that has loaded no Pulumi module", () => {
    const program = `
      const { checkFleet, renderFleet } = require("./core.ts");
      const { fleetContext, wholeFleet } = require("./test/fixtures/fleets.ts");
      const rendered = renderFleet("acme", wholeFleet(), fleetContext());
      const loaded = Object.keys(require.cache);
      console.log(JSON.stringify({
        files: rendered.files.length,
        ours: loaded.filter((path) => path.endsWith("core.ts")).length,
        pulumi: loaded.filter((path) => path.includes("@pulumi")),
      }));`;
    const output = execFileSync(process.execPath, ["--import", "tsx", "--eval", program], {
      cwd: root,
      encoding: "utf8",
    });
    const { files, ours, pulumi } = JSON.parse(output) as Record<string, unknown>;
    assert.ok(Number(files) > 10);
    assert.equal(ours, 1);
    assert.deepEqual(pulumi, []);
  });
});

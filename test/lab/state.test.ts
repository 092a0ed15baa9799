import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { claim, labPrefix, removeDeadLabs } from "../../lab/state.js";
import { runProgram } from "./child-program.js";

// Labs of this file are invisible to labs of other runs, and the reverse.
const root = mkdtempSync(path.join(tmpdir(), "lab-state-"));
process.env["PULUMI_FLUX_FLEET_LAB_ROOT"] = root;
after(() => rmSync(root, { recursive: true, force: true }));

/** Lets the directory look as if it had been made ten minutes ago. */
function age(directory: string): void {
  const then = Date.now() / 1000 - 600;
  utimesSync(directory, then, then);
}

test("a lab that is just being claimed is not taken for a dead one", () => {
  const [made, begun, claimed] = ["made", "begun", "claimed"].map(() => mkdtempSync(labPrefix()));
  assert.ok(made !== undefined && begun !== undefined && claimed !== undefined);
  // What a claim that writes in place leaves for a moment.
  writeFileSync(path.join(begun, "guardian.json"), "");
  claim(claimed);
  age(claimed);
  removeDeadLabs();
  assert.deepEqual([made, begun, claimed].map(existsSync), [true, true, true]);
  for (const directory of [made, begun]) age(directory);
  removeDeadLabs();
  assert.deepEqual([made, begun, claimed].map(existsSync), [false, false, true]);
});

test("labs that start while others look for dead ones keep their directories", async () => {
  const seeker = await runProgram("seek-dead-labs.ts", []);
  try {
    for (let count = 0; count < 200; count++) {
      const directory = mkdtempSync(labPrefix());
      claim(directory);
      mkdirSync(path.join(directory, "clusters"));
      rmSync(directory, { recursive: true });
    }
  } finally {
    seeker.child.kill("SIGKILL");
  }
});

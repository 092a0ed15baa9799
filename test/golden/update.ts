import {
  differences,
  goldenDirectory,
  goldenFleets,
  keptTree,
  readTree,
  writeTree,
} from "./trees.js";

// node --import tsx test/golden/update.ts rewrites the kept trees. People run it, CI never does.
if (process.env["CI"] !== undefined) {
  throw new Error("Kept trees are changed by people, who review the difference.");
}
async function update(): Promise<void> {
  for (const [name, { render, beside }] of Object.entries(goldenFleets)) {
    const other = beside === undefined ? new Map() : readTree(goldenDirectory(beside));
    writeTree(goldenDirectory(name), differences(keptTree(await render()), other));
    console.log(`wrote ${name}`);
  }
}

void update();

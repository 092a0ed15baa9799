import { goldenDirectory, goldenFleets, keptTree, writeTree } from "./trees.js";

// node --import tsx test/golden/update.ts rewrites the kept trees. People run it, CI never does.
if (process.env["CI"] !== undefined) {
  throw new Error("Kept trees are changed by people, who review the difference.");
}
for (const [name, render] of Object.entries(goldenFleets)) {
  writeTree(goldenDirectory(name), keptTree(render()));
  console.log(`wrote ${name}`);
}

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { apiReport } from "./api-report.js";
import { errorsTable } from "./errors-table.js";
import { promisesTable } from "./promises-table.js";
import { root } from "./test-files.js";

// `npm run generate` writes the generated documents; `--check` only says which are stale.
const documents: Readonly<Record<string, () => string>> = {
  "docs/errors.md": errorsTable,
  "docs/promises.md": promisesTable,
  "docs/api-report.md": apiReport,
};

const checkOnly = process.argv.includes("--check");
for (const [path, text] of Object.entries(documents)) {
  try {
    generate(path, text());
  } catch (error) {
    complain(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function generate(path: string, expected: string): void {
  const file = join(root, path);
  const current = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (current === expected) return;
  if (checkOnly) {
    complain(
      `${path} is stale. Run \`npm run build && npm run generate\`, read the change, commit it.`,
    );
  } else {
    writeFileSync(file, expected);
    console.log(`wrote ${path}`);
  }
}

function complain(text: string): void {
  console.error(text);
  process.exitCode = 1;
}

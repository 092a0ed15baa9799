import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { apiReport } from "./api-report.js";
import { errorsTable } from "./errors-table.js";
import { promisesTable } from "./promises-table.js";
import { root } from "./test-files.js";

// `npm run generate` writes the generated documents; `--check` only says which are stale.
const documents: Readonly<Record<string, () => string>> = {
  "docs/api-report.md": apiReport,
  "docs/errors.md": errorsTable,
  "docs/promises.md": promisesTable,
};

async function generate(checkOnly: boolean): Promise<void> {
  for (const [path, text] of Object.entries(documents)) {
    const file = join(root, path);
    const expected = await format(text(), { ...(await resolveConfig(file)), parser: "markdown" });
    const current = existsSync(file) ? readFileSync(file, "utf8") : "";
    if (current === expected) continue;
    if (checkOnly) {
      console.log(
        `${path} is stale. Run \`npm run build && npm run generate\`, read the change, commit it.`,
      );
      process.exitCode = 1;
    } else {
      writeFileSync(file, expected);
      console.log(`wrote ${path}`);
    }
  }
}

void generate(process.argv.includes("--check"));

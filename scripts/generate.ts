import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { lineTexts } from "./api/api-files.js";
import { apiReport } from "./api-report.js";
import { errorsTable } from "./errors-table.js";
import { promisesTable } from "./promises-table.js";
import { root } from "./test-files.js";

// `npm run generate` writes the generated files; `--check` only says which are stale. With `--crds`
// the definitions of `<directory>/<Flux version>/<controller>@<version>/*.yaml` are taken in first.
const { values: options } = parseArgs({
  options: { check: { type: "boolean", default: false }, crds: { type: "string" } },
});

const documents: Readonly<Record<string, () => string>> = {
  "docs/errors.md": errorsTable,
  "docs/promises.md": promisesTable,
  "docs/api-report.md": apiReport,
};

async function main(): Promise<void> {
  const lines = await lineTexts(options.crds);
  for (const [path, text] of Object.entries(lines)) generate(path, text);
  // Loaded only now: it reads the lines.
  const { typeTexts } = await import("./api/type-texts.js");
  const types = await typeTexts();
  for (const [path, text] of Object.entries(types)) generate(path, text);
  for (const folder of ["api/lines", "api/types"]) removeOthers(folder, { ...lines, ...types });
  for (const [path, text] of Object.entries(documents)) {
    try {
      generate(path, text());
    } catch (error) {
      complain(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function generate(path: string, expected: string): void {
  const file = join(root, path);
  const current = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (current === expected) return;
  if (options.check) {
    complain(
      `${path} is stale. Run \`npm run build && npm run generate\`, read the change, commit it.`,
    );
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, expected);
    console.log(`wrote ${path}`);
  }
}

/** Removes what is left of lines and kinds that are no more. */
function removeOthers(folder: string, generated: Readonly<Record<string, string>>): void {
  for (const name of readdirSync(join(root, folder))) {
    const path = `${folder}/${name}`;
    if (Object.hasOwn(generated, path)) continue;
    if (options.check) complain(`${path} is not generated any more. Run \`npm run generate\`.`);
    else rmSync(join(root, path));
  }
}

function complain(text: string): void {
  console.error(text);
  process.exitCode = 1;
}

main().catch((error: unknown) => complain(error instanceof Error ? error.message : String(error)));

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { errorCodes } from "../../errors.js";
import { readErrorRows } from "../../scripts/errors-table.js";
import { root } from "../../scripts/test-files.js";

describe("docs/errors.md", () => {
  const rows = readErrorRows(readFileSync(join(root, "docs/errors.md"), "utf8"));

  it("lists exactly the codes and meanings of errors.ts, in order", () => {
    assert.deepEqual(
      rows.map(({ code, meaning }) => [code, meaning]),
      Object.entries(errorCodes).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  });

  it("has a remedy for every code, as a sentence", () => {
    const poor = rows.filter(({ remedy }) => !/^[A-Z`].*\.$/.test(remedy));
    assert.deepEqual(
      poor.map(({ code, remedy }) => [code, remedy]),
      [],
    );
  });
});

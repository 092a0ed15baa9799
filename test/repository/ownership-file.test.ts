import assert from "node:assert/strict";
import { test } from "node:test";

import { FleetError } from "../../errors.js";
import { formatOwnership, parseOwnership } from "../../repository/index.js";
import type { Ownership } from "../../repository/index.js";

const blob = "0123456789012345678901234567890123456789";
const path = ".flux-fleet/acme.json";
const ownership: Ownership = {
  version: 1,
  owner: "acme",
  renderer: "pulumi-flux-fleet 0.1.0",
  paths: { "b.yaml": blob, "a/ü.yaml": blob },
  record: { tenants: { b: [2, 1], a: { phase: "drain" } } },
};

test("writes one path per line, sorted, and reads back what it wrote", () => {
  const text = formatOwnership(ownership);
  assert.equal(
    text,
    `{
  "version": 1,
  "owner": "acme",
  "renderer": "pulumi-flux-fleet 0.1.0",
  "paths": {
    "a/ü.yaml": "${blob}",
    "b.yaml": "${blob}"
  },
  "record": {
    "tenants": {
      "a": {
        "phase": "drain"
      },
      "b": [
        2,
        1
      ]
    }
  }
}
`,
  );
  assert.deepEqual(parseOwnership(text, path), ownership);
  const reversed = Object.fromEntries(Object.entries(ownership.paths).reverse());
  assert.equal(formatOwnership({ ...ownership, paths: reversed }), text);
});

const good = formatOwnership(ownership);
const damaged: Readonly<Record<string, string>> = {
  empty: "",
  "half a file": good.slice(0, 100),
  "conflict markers": `<<<<<<< HEAD\n${good}`,
  "not an object": "[]",
  null: "null",
  "an empty object": "{}",
  "a later version": good.replace('"version": 1', '"version": 2'),
  "another owner": good.replace('"acme"', '"other"'),
  "no paths": good.replace('"paths"', '"path"'),
  "paths as list": good.replace(/"paths": \{[^}]*\}/u, '"paths": []'),
  "no record": good.replace('"record"', '"records"'),
  "an unknown field": good.replace('"version": 1,', '"version": 1, "extra": 1,'),
  "a path twice": good.replace('"b.yaml"', '"a/ü.yaml"'),
  "a wrong blob": good.replace(blob, "main"),
  "a path out of the tree": good.replace('"b.yaml"', '"../b.yaml"'),
  "an absolute path": good.replace('"b.yaml"', '"/b.yaml"'),
  "another ownership file": good.replace('"b.yaml"', '".flux-fleet/x.json"'),
  "a wrong acknowledgement": good.replace('"paths"', '"acknowledged": "me", "paths"'),
};

for (const [name, text] of Object.entries(damaged)) {
  test(`refuses ${name} as damaged, naming the file`, () => {
    assert.throws(
      () => parseOwnership(text, path),
      (error: unknown) => {
        assert.ok(FleetError.is(error));
        assert.equal(error.code, "OWNERSHIP_DAMAGED");
        assert.equal(error.findings[0]?.path, path);
        return true;
      },
    );
  });
}

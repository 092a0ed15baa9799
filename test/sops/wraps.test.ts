import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Envelopes, SealedPlace } from "../../components/sops/sealing/index.js";
import { recipients } from "../fixtures/fleets.js";
import { again, fresh, headOf, own, path, seed, type Head } from "./seals.js";

const other: SealedPlace = { path: "secrets/production/eu/web/secret-api.yaml", recipients };
const both = [own, other];

function told({ findings, fresh: paths }: Envelopes): readonly string[] {
  for (const { severity } of findings) assert.equal(severity, "warning");
  return [...findings.map(({ code, path: at }) => `${code} ${at}`), ...paths];
}

/** The head with one file changed. */
function changed(head: Head, at: string, change: { text?: string; proof?: string }): Head {
  return new Map([...head, [at, { ...head.get(at), ...change }]]);
}

describe("wraps of a data key at the head", () => {
  it("are used again when they are proven, and made where there is no file", async () => {
    const head = headOf(await fresh([other]));
    assert.deepEqual(told(await again(head, both)), [path]);
    assert.deepEqual([...(await again(head, both)).envelopes.keys()], [other.path]);
  });

  it("are not used when those of two files were swapped, with their proofs or without", async () => {
    const twin = { ...own, path: "secrets/production/eu/web/secret-twin.yaml" };
    const head = headOf(await fresh([own, twin]));
    const [one, two] = [head.get(path) ?? {}, head.get(twin.path) ?? {}];
    const swaps = [
      [changed(changed(head, path, two), twin.path, one)],
      [changed(changed(head, path, { text: two.text ?? "" }), twin.path, { text: one.text ?? "" })],
    ];
    for (const [swapped = head] of swaps) {
      assert.deepEqual(told(await again(swapped, [own, twin])), [
        `SOPS_WRAP_UNPROVEN ${path}`,
        `SOPS_WRAP_UNPROVEN ${twin.path}`,
        ...[path, twin.path],
      ]);
    }
  });

  it("are not used when one is of somebody else, is missing, or stands twice", async () => {
    const head = headOf(await fresh(both));
    const text = head.get(other.path)?.text ?? "";
    const [, first = "", second = ""] =
      /( {8}- enc:[^]*?)( {8}- enc:[^]*?) {4}encr/.exec(text) ?? [];
    const foreign = (await fresh([other], { ...seed, secret: "00".repeat(32) })).envelopes;
    const armor = foreign.get(other.path)?.wraps[0]?.enc.replace(/^(?=.)/gm, " ".repeat(12));
    const cases = [
      text.replace(first, ""),
      text.replace(second, first),
      text.replace(first + second, second + first),
      text.replace(/( {12}-----BEGIN[^]*?END AGE ENCRYPTED FILE-----\n)/, armor ?? ""),
      text.replace(recipients[0], recipients[1]),
      text.replace(/sops:[^]*/, ""),
      "",
      "{",
    ];
    for (const each of cases) {
      assert.notEqual(each, text);
      const read = await again(changed(head, other.path, { text: each }), both);
      assert.deepEqual(told(read), [`SOPS_WRAP_UNPROVEN ${other.path}`, other.path]);
    }
  });

  it("are not used without their proof, or with one that differs anywhere", async () => {
    const head = headOf(await fresh());
    const { text = "", proof = "" } = head.get(path) ?? {};
    const wrong = [proof.slice(0, -1), `${proof}A`, `${proof}\u0000`, proof.replace(/.$/, "é")];
    for (const each of [...wrong, proof.replace(/\..*/, ".")]) {
      const read = await again(changed(head, path, { proof: each }));
      assert.deepEqual(told(read), [`SOPS_WRAP_UNPROVEN ${path}`, path]);
    }
    const none: Head = new Map([[path, { text }]]);
    assert.deepEqual(told(await again(none)), [`SOPS_WRAP_UNPROVEN ${path}`, path]);
  });

  it("are made anew without a warning when the readers change, and have another key", async () => {
    const head = headOf(await fresh());
    const more = { path, recipients };
    assert.deepEqual(told(await again(head, [more])), [path]);
    const [before] = (await fresh()).envelopes.values();
    const [after] = (await fresh([more])).envelopes.values();
    assert.notDeepEqual(before?.dataKey, after?.dataKey);
  });

  it("are made anew with one warning for all files when the seed is another", async () => {
    const head = headOf(await fresh(both));
    const read = await again(head, both, { ...seed, secret: "77".repeat(32) });
    assert.deepEqual(told(read), ["SOPS_WRAP_UNPROVEN sops.seedGeneration", ...[path, other.path]]);
    assert.match(read.findings[0]?.problem ?? "", / 2 encrypted files /);
    const later = await again(head, both, { ...seed, createdAt: "2027-01-31T08:00:00Z" });
    assert.equal(later.fresh.length, 2);
  });

  it("are the same whatever layout a person gave the file", async () => {
    const head = headOf(await fresh());
    const text = head.get(path)?.text ?? "";
    const respaced = `# looked at\n${text.replace("type: Opaque\n", "")}`;
    assert.deepEqual(told(await again(changed(head, path, { text: respaced }))), []);
  });
});

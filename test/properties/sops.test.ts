import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import { readEncrypted } from "../../components/sops/document/formats.js";
import { readJson } from "../../components/sops/document/json-reader.js";
import { writeJson } from "../../components/sops/document/json-writer.js";
import { readMetadata } from "../../components/sops/document/metadata.js";
import { openTree } from "../../components/sops/document/sealed.js";
import type { Entry, TreeMap, Value } from "../../components/sops/document/tree.js";
import { writeYaml } from "../../components/sops/document/yaml-writer.js";
import { envelopes, sealSecret, type Envelope } from "../../components/sops/sealing/index.js";
import {
  decrypt,
  decryptBytes,
  decryptSecret,
  encrypt,
  FleetError,
  type SopsFormat,
} from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { documents, hostileText } from "../sops/arbitraries.js";

const own = { recipients: [recipients[0]] };
const key = { identities: identities[0] };

/** A round through encryption. */
async function again(text: string, format: SopsFormat): Promise<string> {
  return decrypt(await encrypt(text, { ...own, format }), { ...key, format });
}

describe("any document comes back as it was", () => {
  it("in JSON, with its order of keys, types and large numbers", async () => {
    await fc.assert(
      fc.asyncProperty(documents(), async (document) => {
        const text = writeJson(finite(document) as TreeMap);
        assert.equal(await again(text, "json"), writeJson(readJson(text)));
      }),
      { numRuns: 60 },
    );
  });

  it("in dotenv, whatever stands behind the first sign", async () => {
    const name = hostileText.filter((text) => !/[=\n]|^#|^sops_/.test(text));
    const value = hostileText.map((text) => text.replaceAll("\n", "\\n"));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { minKeys: 1 }), async (values) => {
        const text = Object.entries(values)
          .map(([each, held]) => `${each}=${held}\n`)
          .join("");
        assert.equal(await again(text, "dotenv"), text);
      }),
      { numRuns: 60 },
    );
  });

  it("in binary, whatever its bytes", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      hostileText.map((text) => new TextEncoder().encode(text)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        const sealed = await encrypt(content, { ...own, format: "binary" });
        assert.deepEqual(new Uint8Array(await decryptBytes(sealed, key)), content);
      }),
      { numRuns: 60 },
    );
  });
});

const seed = { secret: "5a".repeat(32), createdAt: "2026-01-31T08:00:00Z" };
const path = "tenants/production/eu/web/secret-db.yaml";

describe("any single changed byte of a sealed Secret is refused", () => {
  let envelope: Envelope;
  let text = "";
  before(async () => {
    const nothing = { textAt: () => undefined, proofAt: () => undefined };
    const places = [{ path, ...own }];
    const made = await envelopes(places, seed, nothing, { makeFresh: true });
    const found = made.envelopes.get(path);
    assert.ok(found);
    envelope = found;
    text = sealSecret(
      {
        ...{ apiVersion: "v1", kind: "Secret", metadata: { name: "db", namespace: "web" } },
        stringData: { password: "hunter2", port: "5432" },
      },
      envelope,
    );
  });

  /** What a reader who has the data key gets; the wraps are another matter. */
  function opened(changed: string): string | undefined {
    try {
      const { documents: read, metadata } = readEncrypted(changed, "yaml");
      return writeYaml(openTree(read, readMetadata(metadata), envelope.dataKey));
    } catch (thrown) {
      assert.ok(FleetError.is(thrown), String(thrown));
      return undefined;
    }
  }

  /** The text with one bit of each of its bytes changed, every bit in its turn. */
  function* flips(
    start: number,
    end: number,
    bits: readonly number[] = [1, 2, 4, 8, 16, 32, 64],
  ): Generator<readonly [at: number, changed: string]> {
    for (let at = start; at < end; at++) {
      for (const bit of bits) {
        const other = String.fromCharCode(text.charCodeAt(at) ^ bit);
        yield [at, text.slice(0, at) + other + text.slice(at + 1)];
      }
    }
  }

  function assertRefused(start: number, end: number): void {
    assert.ok(start >= 0 && end > start);
    for (const [at, changed] of flips(start, end)) {
      assert.equal(opened(changed), undefined, `at ${at}: ${changed.slice(at - 30, at + 1)}`);
    }
  }

  for (const part of ["data", "iv", "tag", "type"]) {
    it(`in the ${part} of a value, and in the key that it is tied to`, () => {
      const [line = ""] = /^ {4}password: ENC.*$/m.exec(text) ?? [];
      const start = text.indexOf(line);
      const from = start + line.indexOf(`${part}:`);
      const length = /^[^,\]]*/.exec(line.slice(line.indexOf(`${part}:`)))?.[0].length ?? 0;
      assertRefused(from, from + length);
      assertRefused(start + 4, start + 4 + "password".length);
    });
  }

  it("in the key above all values", () => {
    const start = text.indexOf("\ndata:") + 1;
    assertRefused(start, start + "data".length);
  });

  it("in the authentication code and the time that it is tied to", () => {
    const start = text.indexOf("ENC[", text.indexOf("\n    mac:"));
    assertRefused(start, text.indexOf("\n", start));
    const time = /lastmodified: "(.*)"/.exec(text);
    assert.ok(time);
    assertRefused(time.index + time[0].length - 21, time.index + time[0].length - 1);
  });

  it("in a readable value: kind, name and namespace", () => {
    for (const value of ["v1\n", "Secret\n", "db\n", "web\n"]) {
      const start = text.indexOf(`: ${value}`) + 2;
      assertRefused(start, start + value.length - 1);
    }
  });

  it("anywhere else it is refused or gives the same values", () => {
    const wraps = text.indexOf("        - enc:");
    const values = (plain: string | undefined): string =>
      (plain ?? "").replace(/^[^]*^data:\n/m, "");
    const right = values(opened(text));
    assert.match(right, /password/);
    for (const [start, end] of [
      [0, wraps],
      [text.indexOf("          recipient:"), text.length],
    ] as const) {
      for (const [, changed] of flips(start, end, [1, 32])) {
        const read = opened(changed);
        if (read !== undefined) assert.equal(values(read), right);
      }
    }
  });

  it("in wraps at the head: they are not used again, and the path is named", async () => {
    const seen = async (head: string, proof: string): Promise<readonly unknown[]> => {
      const known = { textAt: () => head, proofAt: () => proof };
      const found = await envelopes([{ path, ...own }], seed, known, { makeFresh: false });
      return [found.envelopes.size, found.fresh, found.findings.map(({ code }) => code)];
    };
    assert.deepEqual(await seen(text, envelope.proof), [1, [], []]);
    const unproven = [0, [path], ["SOPS_WRAP_UNPROVEN"]];
    const end = text.indexOf("\n", text.indexOf("recipient:"));
    for (const [at, changed] of flips(text.indexOf("-----BEGIN"), end, [1])) {
      assert.deepEqual(await seen(changed, envelope.proof), unproven, `at ${at}`);
    }
    for (let at = 0; at < envelope.proof.length; at++) {
      const other = envelope.proof[at] === "A" ? "B" : "A";
      const proof = envelope.proof.slice(0, at) + other + envelope.proof.slice(at + 1);
      assert.deepEqual(await seen(text, proof), unproven, `at ${at} of the proof`);
    }
  });

  it("in the wrap of the data key", async () => {
    const start = text.indexOf("-----BEGIN");
    const end = text.indexOf("-----END");
    for (let at = start; at < end; at++) {
      if (/\s/.test(text.charAt(at))) continue;
      const other = text[at] === "A" ? "B" : "A";
      const changed = text.slice(0, at) + other + text.slice(at + 1);
      await assert.rejects(decryptSecret(changed, key), { name: "FleetError" }, `at ${at}`);
    }
  });
});

describe("any single changed byte of a token is refused", () => {
  it("in any document and format", async () => {
    const format = fc.constantFrom("yaml", "json");
    await fc.assert(
      fc.asyncProperty(documents(), format, fc.nat(), fc.nat(127), async (...drawn) => {
        const [document, kind, where, byte] = drawn;
        const plain =
          kind === "json" ? writeJson(finite(document) as TreeMap) : writeYaml([document]);
        const text = await encrypt(plain, { ...own, format: kind });
        const tokens = [...text.matchAll(/ENC\[AES256_GCM,[^\]]*\]/g)];
        const token = tokens[where % tokens.length];
        assert.ok(token);
        const at = token.index + (where % token[0].length);
        const other = String.fromCharCode(byte);
        fc.pre(other !== text[at]);
        const changed = text.slice(0, at) + other + text.slice(at + 1);
        await assert.rejects(decrypt(changed, { ...key, format: kind }), { name: "FleetError" });
      }),
      { numRuns: 80 },
    );
  });
});

/** What JSON has no number for is text in it. */
function finite(value: Value): Value {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value.kind === "list")
    return { kind: "list", items: value.items.map((each) => finite(each as Value)) };
  if (value.kind !== "map") return value;
  return {
    kind: "map",
    items: (value.items as readonly Entry[]).map((each) => ({
      ...each,
      value: finite(each.value),
    })),
  };
}

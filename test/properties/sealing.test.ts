import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readEverydayYaml } from "../../components/sops/document/everyday-yaml.js";
import { sameValue } from "../../components/sops/document/same-value.js";
import { entry, map, type TreeMap } from "../../components/sops/document/tree.js";
import { readAnyYaml } from "../../components/sops/document/yaml-reader.js";
import { writeYaml } from "../../components/sops/document/yaml-writer.js";
import { envelopes, sealSecret } from "../../components/sops/sealing/index.js";
import type { Envelope, KnownFiles, SealSeed } from "../../components/sops/sealing/index.js";
import { decryptSecret, type KubernetesSecret } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { documents, hostileText } from "../sops/arbitraries.js";

const seed: SealSeed = { secret: "c3".repeat(32), createdAt: "2026-01-31T08:00:00Z" };
const path = "secrets/staging/eu/web/secret-db.yaml";

const data = fc.dictionary(fc.stringMatching(/^[a-z0-9_-]{1,9}$/), hostileText, { maxKeys: 6 });
const texts = fc.dictionary(fc.stringMatching(/^[a-z/._-]{1,12}$/), hostileText, { maxKeys: 3 });

async function newEnvelope(): Promise<Envelope> {
  const nothing: KnownFiles = { textAt: () => undefined, proofAt: () => undefined };
  const places = [{ path, recipients: [recipients[0]] }];
  const made = await envelopes(places, seed, nothing, { makeFresh: true });
  const envelope = made.envelopes.get(path);
  assert.ok(envelope);
  return envelope;
}

function secretOf(
  values: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
): KubernetesSecret {
  const metadata = { name: "db", namespace: "web", annotations };
  return { apiVersion: "v1", kind: "Secret", metadata, stringData: values };
}

describe("sealing", () => {
  it("gives the same text whatever the order of keys, and back what was sealed", async () => {
    const envelope = await newEnvelope();
    await fc.assert(
      fc.asyncProperty(data, texts, async (values, annotations) => {
        const text = sealSecret(secretOf(values, annotations), envelope);
        const turned = Object.fromEntries(Object.entries(values).reverse());
        assert.equal(sealSecret(secretOf(turned, annotations), envelope), text);
        const opened = await decryptSecret(text, { identities: identities[0] });
        const decoded = Object.entries(opened.data ?? {}).map(
          ([key, value]) => [key, Buffer.from(value, "base64").toString("utf8")] as const,
        );
        assert.deepEqual(Object.fromEntries(decoded), { ...values });
      }),
      { numRuns: 60 },
    );
  });

  it("finds its own keys again in whatever it wrote, and none in a text that differs there", async () => {
    const envelope = await newEnvelope();
    await fc.assert(
      fc.asyncProperty(data, texts, fc.nat(), async (values, annotations, at) => {
        const text = sealSecret(secretOf(values, annotations), envelope);
        const places = [{ path, recipients: [recipients[0]] }];
        const read = async (head: string): Promise<readonly string[]> => {
          const known = { textAt: () => head, proofAt: () => envelope.proof };
          return (await envelopes(places, seed, known, { makeFresh: false })).fresh;
        };
        assert.deepEqual(await read(text), []);
        const armor = envelope.wraps[0]?.enc.split("\n")[2] ?? "";
        const index = text.indexOf(armor) + (at % armor.length);
        const other = text[index] === "A" ? "B" : "A";
        const changed = text.slice(0, index) + other + text.slice(index + 1);
        assert.deepEqual(await read(changed), [path]);
      }),
      { numRuns: 60 },
    );
  });

  it("never has one nonce for two encryptions, however the values change", async () => {
    const envelope = await newEnvelope();
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(data, (values) => {
        const text = sealSecret(secretOf(values), envelope);
        for (const [, line = "", iv = ""] of text.matchAll(/^ +(.*,iv:([^,]+),.*)$/gm)) {
          assert.equal(seen.get(iv) ?? line, line);
          seen.set(iv, line);
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(seen.size > 300);
  });
});

function treeOf(object: object): TreeMap {
  const entries = Object.entries(object) as (readonly [string, string | object])[];
  return map(
    entries.map(([key, value]) => entry(key, typeof value === "string" ? value : treeOf(value))),
  );
}

// What the quick reader looks at, so that changes hit its rules and not only the letters between.
const marks = fc.constantFrom(
  ...["\n", " ", "  ", "    ", "-", "- ", ":", ": ", "#", " #", "|", ">", '"', "'", "\\", "\t"],
  ...["?", "&a", "*a", "!", "!!str ", "[", "]", "{", "}", ",", "%", "@", "`", "~", "<<", "---\n"],
  ...["...\n", "a", "0", "1_0", "null", "true", "é", "\r", "\ufeff", "\0", "a: b\n", "- a\n"],
);

describe("the quick reader of everyday YAML", () => {
  const readsAlike = (text: string): boolean => {
    const everyday = readEverydayYaml(text);
    if (everyday === undefined) return false;
    const [any, ...others] = readAnyYaml(text);
    assert.ok(any);
    assert.deepEqual(others, []);
    assert.ok(sameValue(everyday, any), JSON.stringify(text));
    return true;
  };

  it("reads what the whole parser reads, or leaves it to that", () => {
    let count = 0;
    const name = fc.stringMatching(/^[a-zA-Z_][\w./-]{0,6}$/);
    const value = fc.stringMatching(/^[a-zA-Z0-9./^$()+=,:#" -]{0,9}$/);
    const few = { minKeys: 1, maxKeys: 3 };
    const everyday = fc
      .dictionary(name, fc.oneof(value, fc.dictionary(name, value, few)), few)
      .map((object) => treeOf(object));
    fc.assert(
      fc.property(fc.oneof(everyday, documents(name), documents()), (document) => {
        if (readsAlike(writeYaml([document]))) count++;
      }),
      { numRuns: 600 },
    );
    assert.ok(count > 60, String(count));
  });

  it("reads sealed text that was changed anywhere as the whole parser does, or leaves it", async () => {
    const sealed = sealSecret(secretOf({ a: "1", b: "2" }, { note: "1_000" }), await newEnvelope());
    assert.ok(readsAlike(sealed));
    let count = 0;
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(3), marks), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(edits, (changes) => {
        const text = changes.reduce((now, [at, removed, mark]) => {
          const index = at % (now.length + 1);
          return now.slice(0, index) + mark + now.slice(index + removed);
        }, sealed);
        if (readsAlike(text)) count++;
      }),
      { numRuns: 1500 },
    );
    assert.ok(count > 100, String(count));
  });
});

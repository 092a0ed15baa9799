import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { readYaml } from "../../components/sops/document/yaml-reader.js";
import { sealTree } from "../../components/sops/document/sealed.js";
import { wrapDataKey } from "../../components/sops/document/age-wraps.js";
import { decrypt, encrypt, FleetError } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { missingSops, SopsDirectory } from "./sops-cli.js";

const absent = missingSops();
const allowMissing = process.env.PULUMI_FLUX_FLEET_ALLOW_MISSING === "1";
const skip = absent !== undefined && allowMissing ? absent : false;

const own = { recipients: [recipients[0]] };
const key = { identities: identities[0] };

const plain = `kind: Secret
metadata:
    name: db
    namespace: payments
data:
    list:
        - one
        - two
    number: 5432
    text: three
    "x:y": four
    x: {}
other: 1
`;

type Verdict = "read" | "refused";
type Change = (text: string) => string;

/** The trap, what is done to a file that sops wrote, what sops makes of it, what we do. */
const changes: readonly (readonly [trap: string, change: Change, sops: Verdict, ours: Verdict])[] =
  [
    ["nothing was changed", (text) => text, "read", "read"],
    // The time.
    ["`lastmodified` without quotes is no string", line("lastmodified", /"/g, ""), ...both("no")],
    [
      "a fraction of a second is not authenticated",
      line("lastmodified", /Z"/, '.123Z"'),
      ...both(),
    ],
    ["an offset of zero is UTC", line("lastmodified", /Z"/, '+00:00"'), ...both()],
    ["another offset is another text", line("lastmodified", /Z"/, '+02:00"'), ...both("no")],
    ["another second is another time", line("lastmodified", /"2\d/, '"19'), ...both("no")],
    ["there is no time", without("lastmodified"), ...both("no")],
    // The version.
    ["there is no version", without("version"), ...both("no")],
    ["the version is empty", line("version", /: .*/, ': ""'), ...both("no")],
    ["the version is none", line("version", /: .*/, ": latest"), ...both("no")],
    ["the version is from the future", line("version", /: .*/, ": 99.0.0"), ...both()],
    ["the version begins with v", line("version", /: .*/, ": v3.7.3"), ...both()],
    ["the version is an old 1.x", line("version", /: .*/, ': "1.10"'), ...both()],
    // The code.
    ["there is no code", without("mac"), ...both("no")],
    ["the code is empty", line("mac", /: .*/, ': ""'), ...both("no")],
    ["the code stands in quotes", line("mac", /: (.*)/, ': "$1"'), ...both()],
    // The rule.
    ["the rule is gone, so all would be encrypted", without("encrypted_regex"), ...both("no")],
    ["the rule covers less", line("encrypted_regex", /\^data\$/, "^list$"), ...both("no")],
    ["the rule cannot be compiled", line("encrypted_regex", /\^data\$/, "("), ...both("no")],
    ["there are two rules", line("mac:", /^/, "    encrypted_suffix: a\n"), ...both("no")],
    // Keys.
    [
      "there are no keys",
      (text) => text.replace(/age:\n[^]*?(?= {4}enc)/, "age: []\n"),
      ...both("no"),
    ],
    [
      "a recipient is another, its wrap is not",
      line("recipient", /age1\w+/, recipients[1]),
      ...both(),
    ],
    ["the key is wrapped for somebody who is not here as well", pgpBesides, ...both()],
    ["the armor was damaged", (text) => text.replace("BEGIN AGE", "BEGIN CAGE"), ...both("no")],
    ["unknown fields stand beside", line("mac:", /^/, "    future: [1, {a: b}]\n"), ...both()],
    ["the metadata stand first", metadataFirst, ...both()],
    ["the metadata are there twice", (text) => text + sopsBlock(text), ...both("no")],
    // Places.
    ["a key was renamed", line("text:", /text/, "texts"), ...both("no")],
    ["the name was changed, which Flux does not notice", line("name:", /db/, "d8"), ...both("no")],
    ["the namespace was changed", line("namespace:", /pay/, "play"), ...both("no")],
    ["two items of a list were swapped", swappedItems, ...both("no")],
    ["two keys were swapped", swappedKeys, ...both("no")],
    ["a plain value was added", (text) => `new: value\n${text}`, ...both("no")],
    ["an empty value was added", (text) => `new: ""\nnull: ~\n${text}`, ...both("no")],
    ["a comment was added", (text) => `# note\n${text}`, ...both()],
    ["an encrypted value became plain", line("text:", /: .*/, ": three"), ...both("no")],
    ["a value moved to where its keys join to the same", joinedAlike, ...both()],
    // Tokens: readers of Go forgive these, we do not.
    ["text follows a token", line("text:", /$/, "junk"), "read", "refused"],
    ["a bit of base64 is set that no byte has", spareBit, "read", "refused"],
    ["the type is another that the text fits", line("number:", /type:int/, "type:str"), ...both()],
    ["the type is none", line("text:", /type:str/, "type:text"), ...both("no")],
  ];

describe("a file of sops that was changed by hand", { skip }, () => {
  const directory = new SopsDirectory([identities[0]]);
  let theirs = "";
  before(async () => {
    directory.write("plain.yaml", plain);
    const flags = ["--age", recipients[0], "--encrypted-regex", "^data$", "plain.yaml"];
    theirs = await directory.sops(["encrypt", ...flags]);
  });
  after(() => {
    directory.remove();
  });

  changes.forEach(([trap, change, sops, ours], at) => {
    it(`${trap}: ${sops === ours ? ours : `sops reads it, here it is ${ours}`}`, async () => {
      const changed = change(theirs);
      assert.equal(changed !== theirs, at > 0, "the change changes nothing");
      directory.write("file.yaml", changed);
      const said = directory.sops(["decrypt", "file.yaml"]);
      assert.equal(await verdictOf(said), sops);
      const opened = decrypt(changed, key);
      assert.equal(await verdictOf(opened), ours);
      if (sops === "read" && ours === "read") assert.equal(await opened, await said);
    });
  });
});

describe("several documents in one file", { skip }, () => {
  const directory = new SopsDirectory([identities[0]]);
  after(() => {
    directory.remove();
  });
  const verdicts = async (text: string): Promise<readonly Verdict[]> => {
    directory.write("file.yaml", text);
    return [
      await verdictOf(directory.sops(["decrypt", "file.yaml"])),
      await verdictOf(decrypt(text, key)),
    ];
  };

  it("have one code together: alone, swapped or put together later they are refused", async () => {
    const two = await encrypt("a: 1\n---\nb: 2\n", own);
    assert.deepEqual(await verdicts(two), ["read", "read"]);
    const [first = "", second = ""] = two.split(/^---\n/m);
    const other = await encrypt("b: 2\n", own);
    for (const text of [first, second, `${second}---\n${first}`, `${first}---\n${other}`]) {
      assert.deepEqual(await verdicts(text), ["refused", "refused"]);
    }
  });

  it("carry the same metadata: sops would not look at those of the second", async () => {
    const two = await encrypt("a: 1\n---\nb: 2\n", own);
    const unlike = two.replace(/version: .*\n$/, "version: 3.0.0\n");
    assert.deepEqual(await verdicts(unlike), ["read", "refused"]);
  });
});

describe("what sops could not use", { skip }, () => {
  const directory = new SopsDirectory([identities[0]]);
  after(() => {
    directory.remove();
  });

  it("is never written: nonces of 12 bytes, under which `sops set` breaks", async () => {
    const dataKey = randomBytes(32);
    const seal = (length: number): Promise<string> =>
      wrapDataKey(dataKey, own.recipients).then((wraps) =>
        sealTree(readYaml("a: one\nb: two\n"), {
          ...{ format: "yaml", rule: {}, macOnlyEncrypted: false, dataKey, wraps },
          ...{ lastModified: "2026-01-01T00:00:00Z", nonceOf: () => randomBytes(length) },
        }),
      );
    const short = await seal(12);
    assert.equal(await decrypt(short, key), "a: one\nb: two\n");
    for (const [text, isUsable] of [
      [short, false],
      [await seal(32), true],
      [await encrypt("a: one\nb: two\n", own), true],
    ] as const) {
      directory.write("file.yaml", text);
      assert.equal(await directory.sops(["decrypt", "file.yaml"]), "a: one\nb: two\n");
      const set = directory.sops(["set", "file.yaml", '["a"]', '"three"']);
      if (isUsable) await set;
      else await assert.rejects(set, /incorrect nonce length/);
    }
  });
});

describe("rules over comments", { skip }, () => {
  const directory = new SopsDirectory([identities[0]]);
  after(() => {
    directory.remove();
  });
  const commented = `# note
a: one
# secret
b: two # shown
c:
    # secret: below
    d: 3
    e: four
    # secret
    # hidden
    f: true
g: end # secret
list:
    # secret
    - one
    - two
last: ""
`;

  for (const name of ["encrypted", "unencrypted"]) {
    it(`over ${name} ones: what sops wrote is read, each value by its form`, async () => {
      for (const extra of ["", "\n    mac_only_encrypted: true"]) {
        const rule = `age: ${recipients[0]}\n    ${name}_comment_regex: ^ secret${extra}`;
        directory.write(".sops.yaml", `creation_rules:\n  - ${rule}\n`);
        directory.write("plain.yaml", commented);
        const theirs = await directory.sops(["encrypt", "plain.yaml"]);
        directory.discard(".sops.yaml");
        assert.match(theirs, /: ENC\[[^]*\n {4}(un)?encrypted_comment_regex: /);
        directory.write("theirs.yaml", theirs);
        const opened = await decrypt(theirs, key);
        assert.equal(opened, await directory.sops(["decrypt", "theirs.yaml"]));
        const [token = ""] = /(?<=: )ENC\[[^\]]*\]/.exec(theirs) ?? [];
        for (const changed of [theirs.replace(token, '""'), theirs.replace(token, "else")]) {
          await assert.rejects(decrypt(changed, key), { code: "SOPS_MAC_MISMATCH" });
        }
        const damaged = theirs.replace(token, token.replace(/data:(.)/, "data:$1$1"));
        await assert.rejects(decrypt(damaged, key), { name: "FleetError" });
      }
    });
  }
});

/** What both make of a change. */
function both(no?: "no"): readonly [Verdict, Verdict] {
  return no === "no" ? ["refused", "refused"] : ["read", "read"];
}

async function verdictOf(call: Promise<unknown>): Promise<Verdict> {
  try {
    await call;
    return "read";
  } catch (thrown) {
    // An error of sops is one of its process; ours is always a finding.
    assert.ok(FleetError.is(thrown) || Object.hasOwn(Object(thrown) as object, "stderr"));
    return "refused";
  }
}

/** Replaces in the only line that begins so. */
function line(start: string, search: RegExp, replace: string): Change {
  return (text) =>
    text.replace(new RegExp(`^[ -]*${start}.*$`, "m"), (found) => found.replace(search, replace));
}

function without(field: string): Change {
  return (text) => text.replace(new RegExp(`^ {4}${field}: .*\n`, "m"), "");
}

function sopsBlock(text: string): string {
  return text.slice(text.indexOf("\nsops:\n") + 1);
}

function metadataFirst(text: string): string {
  return sopsBlock(text) + text.slice(0, text.indexOf("\nsops:\n") + 1);
}

function pgpBesides(text: string): string {
  const key = `created_at: "2026-01-01T00:00:00Z"\n          enc: x\n          fp: ABCD`;
  return text.replace(/^( {4})version:/m, `$1pgp:\n        - ${key}\n$1version:`);
}

function swappedItems(text: string): string {
  return text.replace(/^( +- ENC.*\n)( +- ENC.*\n)/m, "$2$1");
}

function swappedKeys(text: string): string {
  return text.replace(/^( +number: .*\n)( +text: .*\n)/m, "$2$1");
}

function joinedAlike(text: string): string {
  return text.replace(/^ {4}x:y: (.*)\n {4}x: \{\}/m, "    x:\n        y: $1");
}

function spareBit(text: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return text.replace(/(tag:[^=]+)(.)==,/, (_, start: string, last: string) => {
    return `${start}${letters[letters.indexOf(last) ^ 1] ?? ""}==,`;
  });
}

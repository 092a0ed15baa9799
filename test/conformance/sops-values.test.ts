import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { readYaml } from "../../components/sops/document/yaml-reader.js";
import {
  entry,
  map,
  valueOf,
  type TreeMap,
  type Value,
} from "../../components/sops/document/tree.js";
import { writeYaml } from "../../components/sops/document/yaml-writer.js";
import { decrypt, encrypt, type SopsFormat } from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";
import { hostileStrings } from "../manifests/hostile-strings.js";
import { layoutOf, missingSops, SopsDirectory } from "./sops-cli.js";

const absent = missingSops();
const allowMissing = process.env.PULUMI_FLUX_FLEET_ALLOW_MISSING === "1";
const skip = absent !== undefined && allowMissing ? absent : false;

const own = { recipients: [recipients[0]] };
const key = { identities: identities[0] };
const time = (text: string): Value => ({ kind: "time", text });

/** The trap, the value in YAML, the type of SOPS, what both read back. */
const values: readonly (readonly [trap: string, yaml: string, type: string, value: Value])[] = [
  ["a port without quotes is a number, which no Secret takes", "5432", "int", 5432n],
  ["a hexadecimal number becomes decimal", "0x1F", "int", 31n],
  ["an octal number of YAML 1.2 becomes decimal", "0o17", "int", 15n],
  ["a leading zero makes an octal number, as in YAML 1.1", "017", "int", 15n],
  ["digits that are not octal make a float of it", "08", "float", 8n],
  ["underscores in numbers vanish", "1_000", "int", 1000n],
  ["a binary number becomes decimal", "0b101", "int", 5n],
  ["the largest integer stays exact", "9223372036854775807", "int", 9223372036854775807n],
  ["beyond 64 bits an integer is a float", "18446744073709551616", "float", 18446744073709551616],
  ["a float loses its zeros", "1.50", "float", 1.5],
  ["a whole float reads back as an integer", "1.0", "float", 1n],
  ["an exponent is written out", "1e3", "float", 1000n],
  ["a float as large as it gets", "1e300", "float", 1e300],
  ["infinity", "-.inf", "float", -Infinity],
  ["not a number", ".nan", "float", NaN],
  ["true in any spelling is True", "TRUE", "bool", true],
  ["yes is a string", "yes", "str", "yes"],
  ["a number in quotes is a string", '"5432"', "str", "5432"],
  ["a number with a tag is a string", "!!str 5432", "str", "5432"],
  ["numbers of base 60 are strings", "1:30", "str", "1:30"],
  ["a date without quotes becomes a time", "2024-01-02", "time", time("2024-01-02T00:00:00Z")],
  ["a date of one digit, too", "2024-1-2", "time", time("2024-01-02T00:00:00Z")],
  [
    "a time keeps its offset and loses zeros",
    "2024-01-02T03:04:05.120+02:00",
    "time",
    time("2024-01-02T03:04:05.12+02:00"),
  ],
  ["a date that is none is a string", "2024-02-30", "str", "2024-02-30"],
  ["binary text is decoded before it is encrypted", "!!binary aGVsbG8=", "str", "hello"],
  ["a tag of somebody's own says nothing", "!mine 12", "str", "12"],
  ["an empty string is no token at all", '""', "", ""],
  ["null stays", "~", "", null],
  ["nothing is null", "", "", null],
  ["a block keeps its last line end", "|\n    a\n    b\n", "str", "a\nb\n"],
  ["a folded block is one line", ">-\n    a\n    b\n", "str", "a b"],
  ["DEL survives", '"\\x7f"', "str", "\x7f"],
  ["characters beyond 16 bits survive", "😀", "str", "😀"],
  ["text that looks like a token survives", '"ENC[AES256_GCM]"', "str", "ENC[AES256_GCM]"],
];

/** The trap, and text that neither may take. */
const refused: readonly (readonly [trap: string, text: string, format?: SopsFormat])[] = [
  ["an integer that fits only without a sign", "a: 18446744073709551615\n"],
  ["a key that is a number", "1: x\n"],
  ["a key that is a boolean", "true: x\n"],
  ["one key twice", "a: 1\na: 2\n"],
  ["a list at the top", "- a\n"],
  ["a scalar at the top", "a\n"],
  ["nothing at all", ""],
  ["a top-level key `sops`", "a: 1\nsops: {}\n"],
  ["JSON without an object", "[1]", "json"],
  ["JSON with a key `sops`", '{"sops": {}}', "json"],
  ["dotenv with a key of SOPS", "sops_mac=1\n", "dotenv"],
  ["dotenv without a sign", "A\n", "dotenv"],
];

describe("a value that readers take for another", { skip }, () => {
  const directory = new SopsDirectory(identities);
  const plain = values.map(([, yaml], at) => `v${at}: ${yaml.trimEnd()}\n`).join("");
  let ours: TreeMap;
  let theirs: TreeMap;
  let oursOpened: TreeMap;
  let theirsOpened: TreeMap;
  before(async () => {
    directory.write("plain.yaml", plain);
    const encrypted = await encrypt(plain, own);
    directory.write("ours.yaml", encrypted);
    const theirText = await directory.sops(["encrypt", "--age", recipients[0], "plain.yaml"]);
    ours = only(encrypted);
    theirs = only(theirText);
    oursOpened = only(await directory.sops(["decrypt", "ours.yaml"]));
    theirsOpened = only(await decrypt(theirText, key));
  });
  after(() => {
    directory.remove();
  });

  values.forEach(([trap, , type, value], at) => {
    it(trap, () => {
      const name = `v${at}`;
      for (const encrypted of [ours, theirs]) assert.equal(typeIn(valueOf(encrypted, name)), type);
      for (const opened of [oursOpened, theirsOpened]) {
        assert.deepEqual(valueOf(opened, name), value);
      }
    });
  });
});

describe("what sops refuses to encrypt is refused", { skip }, () => {
  const directory = new SopsDirectory(identities);
  after(() => {
    directory.remove();
  });

  for (const [trap, text, format = "yaml"] of refused) {
    it(trap, async () => {
      directory.write("plain", text);
      const flags = ["--age", recipients[0], "--input-type", format, "--output-type", format];
      await assert.rejects(directory.sops(["encrypt", ...flags, "plain"]), trap);
      await assert.rejects(encrypt(text, { ...own, format }), { name: "FleetError" });
    });
  }
});

describe("text in the layout of sops", { skip }, () => {
  const directory = new SopsDirectory(identities);
  after(() => {
    directory.remove();
  });

  it("is `---` alone, an empty document", async () => {
    directory.write("plain.yaml", "---\n");
    const theirs = await directory.sops(["encrypt", "--age", recipients[0], "plain.yaml"]);
    assert.equal(layoutOf(await encrypt("---\n", own)), layoutOf(theirs));
    assert.equal(await decrypt(theirs, key), "{}\n");
  });

  it("is what `sops rotate` makes of it, whatever is readable in it", async () => {
    // Written in another way on purpose, because sops cannot read back what it writes of them.
    const strings = hostileStrings.filter(
      (text) => !/[\r\x85\u2028\u2029\ufeff]|^\t[^]*\n|^<<$|^sops$|^[ \n]*\n$/.test(text),
    );
    // Keys of several lines are written on one line, as are blocks that begin with a blank in a list.
    const items = [...new Set(strings)].flatMap((text, at) => [
      entry(text.includes("\n") ? `key ${at}` : text, text),
      entry(`list ${at}`, { kind: "list", items: [/^ [^]*\n|^\n/.test(text) ? "" : text] }),
    ]);
    const ours = await encrypt(writeYaml([map(items)]), {
      ...own,
      encryptedRegex: "^a$",
    });
    directory.write("file.yaml", ours);
    await directory.sops(["rotate", "-i", "file.yaml"]);
    const [before, after] = [ours, directory.read("file.yaml")].map((each) =>
      layoutOf(each).split("\n"),
    );
    const changed = before?.filter((line) => after?.includes(line) !== true);
    assert.deepEqual(changed, []);
  });

  it("keeps keys in order that JavaScript would reorder or swallow", async () => {
    const text = "b: x\n'10': x\n'2': x\n__proto__: x\nconstructor: x\na: x\n";
    directory.write("ours.yaml", await encrypt(text, own));
    const names = ["b", '"10"', '"2"', "__proto__", "constructor", "a"];
    const opened = names.map((name) => `${name}: x\n`).join("");
    assert.equal(await directory.sops(["decrypt", "ours.yaml"]), opened);
    assert.equal(await decrypt(directory.read("ours.yaml"), key), opened);
  });
});

function only(text: string): TreeMap {
  const [document] = readYaml(text);
  assert.ok(document);
  return document;
}

function typeIn(value: Value | undefined): string {
  return (typeof value === "string" && /^ENC\[.*,type:(\w+)\]$/.exec(value)?.[1]) || "";
}

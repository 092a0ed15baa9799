import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { sealedText } from "../../components/fleet/hand-written/sealed-text.js";
import type { FleetDeclaration, RenderedFleet } from "../../core.js";
import { layer, renderFleet } from "../../core.js";
import { recipientsOf } from "../../graph/secrets/encryption.js";
import { isMarked } from "../../graph/secrets/flux-formats.js";
import { identities } from "../fixtures/age-identities.js";
import { furtherRecipients } from "../fixtures/encrypted.js";
import { recipients } from "../fixtures/fleets.js";
import { breakGlass, sealedContext, secretFleet } from "../fixtures/secrets.js";
import { missingSops, SopsDirectory } from "./sops-cli.js";

const missing = missingSops();
const allowMissing = process.env["PULUMI_FLUX_FLEET_ALLOW_MISSING"] === "1";
const skip = missing !== undefined && allowMissing ? missing : false;

/** A directory whose name would match others, were it not escaped. */
const written = "platform.v1+a/prod";

function fleet(): FleetDeclaration {
  const base = secretFleet();
  const platform = layer("platform", {
    clusters: "all",
    directory: `./${written}`,
    decryption: {},
  });
  return secretFleet({ layers: [...(base.layers ?? []), platform] });
}

describe("the rules of a fleet, judged by sops,", { skip }, () => {
  let directory: SopsDirectory;
  let rendered: RenderedFleet;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(directory.path, path)), { recursive: true });
    directory.write(path, text);
  };
  before(async () => {
    if (missing !== undefined) throw new Error(missing);
    directory = new SopsDirectory([...identities, breakGlass.identity]);
    const declaration = fleet();
    rendered = renderFleet("acme", declaration, await sealedContext(declaration));
    for (const { path, text } of rendered.files) write(path, text);
  });
  after(() => {
    directory.remove();
  });

  it("leave nothing to change in any encrypted file", async () => {
    assert.ok(rendered.encrypted.length >= 10);
    for (const { path } of rendered.encrypted) {
      const before = directory.read(path);
      await directory.sops(["updatekeys", "--yes", path]);
      assert.equal(directory.read(path), before, path);
    }
  });

  it("give a new file the readers of its neighbours", async () => {
    const plain = "apiVersion: v1\nkind: Secret\nmetadata:\n    name: x\ndata:\n    a: Yg==\n";
    const folders = new Map(
      rendered.encrypted.map(({ path, recipients: of }) => [dirname(path), of] as const),
    );
    folders.set(written, [...recipients, breakGlass.recipient]);
    folders.set(`${written}/deeper`, [...recipients, breakGlass.recipient]);
    for (const [folder, expected] of folders) {
      write(`${folder}/new.yaml`, plain);
      const text = await directory.sops(["encrypt", `${folder}/new.yaml`]);
      const sealed = sealedText(text);
      assert.ok(sealed !== undefined);
      assert.deepEqual([...recipientsOf(sealed.encryption)].sort(), [...expected].sort(), folder);
      assert.match(text, /^kind: Secret$/m);
    }
  });

  it("match no directory of another name", async () => {
    const folders = ["platformXv1+a/prod", "platform.v11a/prod", "other/secrets/production/eu"];
    for (const folder of [`x${written}`, ...folders]) {
      write(`${folder}/new.yaml`, "a: b\n");
      await assert.rejects(
        directory.sops(["encrypt", `${folder}/new.yaml`]),
        /no matching creation rules/,
        folder,
      );
    }
  });
});

describe("what sops encrypted", { skip }, () => {
  let directory: SopsDirectory;
  before(() => {
    if (missing !== undefined) throw new Error(missing);
    directory = new SopsDirectory(identities);
  });
  after(() => {
    directory.remove();
  });

  const plain: Readonly<Record<string, string>> = {
    "a.yaml": "a: b\nsops_like: c\n",
    "two.yaml": "a: b\n---\nc: d\n",
    "a.json": '{"a": {"b": [1, "c"]}}',
    "a.env": "A=b\nSOPS=c\n",
    "a.ini": "[section]\na = b\n",
    "a.bin": "\u0000binary",
  };
  const formats: Readonly<Record<string, string>> = {
    ...{ "a.yaml": "yaml", "two.yaml": "yaml", "a.json": "json" },
    ...{ "a.env": "dotenv", "a.ini": "ini", "a.bin": "binary" },
  };

  for (const [name, text] of Object.entries(plain)) {
    it(`is known with its format and readers: ${name}`, async () => {
      directory.write(name, text);
      const to = [recipients[0], furtherRecipients[1]];
      const sealed = await directory.sops(["encrypt", "--age", to.join(","), name]);
      const found = sealedText(sealed);
      assert.ok(found !== undefined);
      assert.equal(found.format, formats[name]);
      assert.equal(found.encryption.hasMac, true);
      assert.deepEqual(recipientsOf(found.encryption), to);
      assert.ok(isMarked(sealed, found.format));
      assert.equal(sealedText(text), undefined);
    });
  }

  it("in groups needs one reader of each", async () => {
    directory.write(
      ".sops.yaml",
      `creation_rules: [{shamir_threshold: 2, key_groups: [{age: [${recipients[0]}]}, {age: [${recipients[1]}]}]}]\n`,
    );
    directory.write("shared.yaml", "a: b\n");
    const found = sealedText(await directory.sops(["encrypt", "shared.yaml"]));
    assert.ok(found !== undefined);
    assert.equal(found.encryption.threshold, 2);
    assert.deepEqual(
      found.encryption.groups.map((group) => group.recipients),
      recipients.map((one) => [one]),
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import {
  decrypt,
  decryptSecret,
  encrypt,
  encryptSecret,
  type KubernetesSecret,
} from "../../sops.js";
import { identities } from "../fixtures/age-identities.js";
import { recipients } from "../fixtures/fleets.js";

const canary = "Kx7Qw9ZpL2vN8rTy";
const own = { recipients: [recipients[0]] };

/** Everything an error shows, with its causes and fields. */
async function shown(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (thrown) {
    return inspect(thrown, { depth: 20, showHidden: true, maxStringLength: Infinity });
  }
  return "";
}

function assertSilent(text: string, what: string): void {
  const parts = identities.map((identity) => identity.slice(20, 36));
  for (const secret of [canary, Buffer.from(canary).toString("base64").slice(0, 20), ...parts]) {
    assert.ok(!text.toLowerCase().includes(secret.toLowerCase()), what);
  }
}

describe("no error shows a value or an identity", () => {
  it("of text that is not of its format", async () => {
    const texts = [
      ...[`a: ${canary}: b\n`, `a: [${canary}\n`, `${canary}\n`, `- ${canary}\n`],
      ...[`a: *${canary}\n`, `a: !!int ${canary}\n`, `a: !!binary ${canary}!\n`],
      ...[`a: "${canary}\n`, `a: ${canary}\n\tb: ${canary}\n`, `a: ${canary}\nsops: 1\n`],
      ...[`%${canary}\na: ${canary}\n- b`, `{"a": "${canary}`, `{"a": ${canary}}`],
    ];
    for (const text of texts) {
      for (const format of ["yaml", "json", "dotenv"] as const) {
        if (format === "dotenv" && text.startsWith("- ")) continue;
        assertSilent(await shown(encrypt(text, { ...own, format })), text);
        const opened = decrypt(text, { format, identities: identities[0] });
        const error = await shown(opened);
        assert.notEqual(error, "");
        assertSilent(error, text);
      }
    }
  });

  it("of encrypted text that was changed anywhere", async () => {
    const plain = `plain: ${canary}\nsecret: ${canary}\n`;
    const text = await encrypt(plain, { ...own, unencryptedRegex: "^plain$" });
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: text.length - 1 }),
        fc.string({
          unit: fc.constantFrom(...Array.from(" \n:-#[]{}&*!|>'\"%@A1=")),
          maxLength: 2,
        }),
        async (at, other) => {
          const changed = text.slice(0, at) + other + text.slice(at + 1);
          assertSilent(await shown(decrypt(changed, { identities: identities[0] })), changed);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("of identities that are wrong, foreign or in the place of a recipient", async () => {
    const text = await encrypt(`a: ${canary}\n`, own);
    const wrong = [
      ` ${identities[0]}`,
      `${identities[0]}x`,
      identities[0].toLowerCase(),
      `key: ${identities[0]}`,
      identities[1],
      "",
    ];
    for (const identity of wrong) {
      const error = await shown(decrypt(text, { identities: [identity] }));
      assert.notEqual(error, "");
      assertSilent(error, "identity");
    }
    assertSilent(await shown(encrypt(text, { recipients: [identities[0]] })), "recipient");
  });

  it("of Secrets that an API server would refuse", async () => {
    const base = { apiVersion: "v1", kind: "Secret", metadata: { name: "x" } } as const;
    const wrong: readonly object[] = [
      { ...base, data: { a: canary + "!" } },
      { ...base, stringData: { "a b": canary } },
      { ...base, stringData: { a: [canary] } },
      { ...base, stringData: canary },
      { ...base, kind: "ConfigMap", data: { a: canary } },
      { ...base, stringData: { a: `${canary}\ud800` } },
      { ...base, stringData: { a: canary.repeat(70_000) } },
    ];
    for (const secret of wrong) {
      const error = await shown(encryptSecret(secret as KubernetesSecret, own));
      assert.match(error, /INVALID_SECRET/);
      assertSilent(error, "secret");
    }
    const numeric = await encrypt(
      `apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: {a: 5}\n`,
      {
        ...own,
        encryptedRegex: "^data$",
      },
    );
    const error = await shown(decryptSecret(numeric, { identities: identities[0] }));
    assert.match(error, /INVALID_SECRET/);
  });
});

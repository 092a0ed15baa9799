import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import fc from "fast-check";
import type { FleetDeclaration, LayerPart, RenderedFleet, SecretPart } from "../../core.js";
import { opaqueSecret, renderFleet } from "../../core.js";
import { recipients, someCluster } from "../fixtures/fleets.js";
import { sealedContext, sealedFleet, knownIn, secretFleet } from "../fixtures/secrets.js";

/** Keys that JavaScript, YAML or SOPS could take for something else. */
const keys = fc.constantFrom("a", "1", "10", "2", "__proto__", "y", "data", ".env", "-x", "sops");

/** Texts that are long, empty, of several lines or of other scripts. */
const values = fc.oneof(
  fc.string({ maxLength: 40, unit: "grapheme" }),
  fc.constantFrom("", "yes", "null", "${X}", "ENC[AES256_GCM,data:x]", "a\nb\n", "🔑", "\u0000"),
);

const data = fc
  .uniqueArray(fc.tuple(keys, values), { selector: ([key]) => key, minLength: 1, maxLength: 6 })
  .map((entries) => entries.map(([key, value]) => ({ key, value })));

function changedLines(before: string, after: string): readonly string[] {
  const [one, other] = [before.split("\n"), after.split("\n")];
  assert.equal(one.length, other.length);
  return one.filter((line, index) => line !== other[index]);
}

function textsOf({ files }: RenderedFleet): ReadonlyMap<string, string> {
  return new Map(files.map(({ path, text }) => [path, text]));
}

/** The fleet in which the list of Secrets of tenant "shop" is another one. */
function withSecrets(secrets: readonly SecretPart<string>[]): FleetDeclaration {
  const fleet = secretFleet();
  const tenants = (fleet.tenants ?? []).map((part) =>
    part.name === "shop" ? { ...part, args: { ...part.args, secrets } } : part,
  );
  return { ...fleet, tenants };
}

/** A Secret with these keys, `__proto__` included. */
function secretOf(
  entries: readonly { readonly key: string; readonly value: string }[],
): SecretPart<string> {
  return opaqueSecret("any", Object.fromEntries(entries.map(({ key, value }) => [key, value])));
}

describe("for any secrets of a fleet", () => {
  let head: RenderedFleet;
  before(async () => {
    head = await sealedFleet(secretFleet());
  });

  it("the order of parts and keys changes no byte and nothing that is remembered", async () => {
    const again = async (declaration: FleetDeclaration): Promise<RenderedFleet> =>
      sealedFleet(declaration, head);
    const first = JSON.stringify(await again(secretFleet()));
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (stream) => {
        const shuffled = <Item>(items: readonly Item[] = []): Item[] =>
          [...items]
            .map((item) => [Number(stream.next().value), item] as const)
            .sort(([a], [b]) => a - b)
            .map(([, item]) => item);
        const inOrder = (secrets: readonly SecretPart<string>[] = []): SecretPart<string>[] =>
          shuffled(secrets).map((part) => ({
            ...part,
            args: {
              ...part.args,
              data: Object.fromEntries(shuffled(Object.entries(part.args.data))),
            },
          }));
        const { clusters, layers, tenants, ...rest } = secretFleet();
        const layerParts: readonly LayerPart<string>[] = layers ?? [];
        const declaration: FleetDeclaration = {
          ...rest,
          clusters: shuffled(clusters).map((part) => ({
            ...part,
            args: { ...part.args, secrets: inOrder(part.args.secrets) },
          })),
          layers: shuffled(layerParts).map((part) => ({
            ...part,
            args: { ...part.args, secrets: inOrder(part.args.secrets) },
          })),
          tenants: shuffled(tenants).map((part) => ({
            ...part,
            args: { ...part.args, secrets: inOrder(part.args.secrets) },
          })),
        };
        assert.equal(JSON.stringify(await again(declaration)), first);
      }),
      { numRuns: 10 },
    );
  });

  it("a changed value changes its own line and the line of the authentication code", async () => {
    await fc.assert(
      fc.asyncProperty(data, fc.nat(), values, async (entries, pick, value) => {
        const index = pick % entries.length;
        const changed = entries.map((one, at) => (at === index ? { ...one, value } : one));
        const before = await sealedFleet(withSecrets([secretOf(entries)]), head);
        const after = await sealedFleet(withSecrets([secretOf(changed)]), before);
        const path = "tenants/production/eu/shop/secret-any.yaml";
        const lines = changedLines(
          textsOf(before).get(path) ?? "",
          textsOf(after).get(path) ?? "",
        ).map((line) => line.trim().replace(/:.*$/, ""));
        if (entries[index]?.value === value) assert.deepEqual(lines, []);
        else {
          assert.equal(lines.length, 2);
          assert.equal(lines[1], "mac");
          assert.equal(lines[0]?.replace(/^"(.*)"$/, "$1"), entries[index]?.key);
        }
        assert.deepEqual(after.record, before.record);
      }),
      { numRuns: 25 },
    );
  });

  it("another recipient of a cluster changes every encrypted line of its files, and no other file of Secrets", async () => {
    const { clusters, ...rest } = secretFleet();
    const moved = clusters.map((part) =>
      part.name === "us" ? someCluster("us", { ...part.args, age: { recipient: newcomer } }) : part,
    );
    // Without what is remembered of the identity: how one gives way to the next is another subject.
    const { us, ...others } = head.record.clusters;
    assert.ok(us);
    const { age, ...forgotten } = us;
    assert.ok(age);
    const record = { ...head.record, clusters: { ...others, us: forgotten } };
    const declaration = { ...rest, clusters: moved };
    const context = await sealedContext(declaration, { record }, knownIn(head));
    const after = textsOf(renderFleet("acme", declaration, context));
    for (const { path, cluster } of head.encrypted) {
      const [old = "", text = ""] = [textsOf(head).get(path), after.get(path)];
      if (cluster !== "us") assert.equal(text, old, path);
      const kept = new Set(old.split("\n"));
      const shared = text.split("\n").filter((line) => line.includes("ENC[") && kept.has(line));
      assert.equal(shared.length > 0, cluster !== "us", path);
    }
    const plain = (path: string): boolean => path !== ".sops.yaml" && !path.includes("secret-");
    for (const [path, text] of textsOf(head)) {
      if (plain(path)) assert.equal(after.get(path), text, path);
    }
  });

  it("a new break-glass recipient gives every file a new data key", async () => {
    const declaration = secretFleet({ sops: { breakGlass: [newcomer] } });
    const after = await sealedFleet(declaration, head);
    for (const { path } of head.encrypted) {
      const kept = new Set((textsOf(head).get(path) ?? "").split("\n"));
      const lines = (textsOf(after).get(path) ?? "").split("\n");
      assert.ok(!lines.some((line) => line.includes("ENC[") && kept.has(line)), path);
    }
    assert.ok(!textsOf(after).get(".sops.yaml")?.includes("age1awvpedvg"));
    assert.ok(recipients.every((one) => textsOf(after).get(".sops.yaml")?.includes(one)));
  });
});

/** A recipient that nobody has yet; its identity was thrown away. */
const newcomer = "age1wuruhmuzz9u4w9pscdvm4jcs6kf6x4pvqx2q5uvz8gyw4jr5xakqw59d46";

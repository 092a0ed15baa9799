import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { notAtHead } from "../../components/fleet/wiring/identity-observation.js";
import { identityKey } from "../../components/fleet/part-identity.js";
import { identityRecipients } from "../../components/sops/identity-recipients.js";
import { generateIdentity } from "../../components/sops/sealing/index.js";
import type { GeneratedIdentity } from "../../components/sops/sealing/index.js";
import type { ClusterArgs, FleetDeclaration, FleetRecord, RenderContext } from "../../core.js";
import { checkFleet, opaqueSecret, renderFleet, secretValues, unknownValue } from "../../core.js";
import { identities } from "../fixtures/age-identities.js";
import { fleetContext, recipients, someCluster, someFleet } from "../fixtures/fleets.js";

const [oldPair, newPair] = [0, 1].map((index) => ({
  recipient: recipients[index] ?? "",
  identity: identities[index] ?? "",
})) as [GeneratedIdentity, GeneratedIdentity];

function fleetOf(age: ClusterArgs<string>["age"]): FleetDeclaration {
  const secrets = [opaqueSecret("api", { key: "value" }, { namespace: "api" })];
  const args = { environment: "staging", kubeconfig: "kubeconfig", secrets };
  return someFleet({ clusters: [someCluster("eu", age === undefined ? args : { ...args, age })] });
}

function recordOf(cluster: Partial<FleetRecord["clusters"][string]>): FleetRecord {
  const eu = { path: "clusters/staging/eu", environment: "staging", ring: "staging", ...cluster };
  return { clusters: { eu }, layers: {}, tenants: {} };
}

/** What the fleet made, oldest first. */
function made(...pairs: readonly GeneratedIdentity[]): NonNullable<RenderContext["identities"]> {
  const part = { kind: "cluster", name: "eu" };
  return new Map(pairs.map((pair, index) => [identityKey(part, index + 1), pair]));
}

/** What the record says of the cluster, and what its Secret holds, after a commit. */
function rendered(
  age: ClusterArgs<string>["age"],
  context: Partial<RenderContext>,
): readonly [object | undefined, readonly string[]] {
  const fleet = fleetOf(age);
  const { record, clusters } = renderFleet("acme", fleet, fleetContext(context));
  const secret = clusters[0]?.secrets.find(({ purpose }) => purpose === "age");
  const values = secret === undefined ? {} : secretValues(secret, fleet, context.identities);
  assert.deepEqual(Object.keys(values).sort(), secret?.keys ?? []);
  return [record.clusters["eu"]?.age, Object.values(values)];
}

function codes(age: ClusterArgs<string>["age"], context: Partial<RenderContext>): string[] {
  return checkFleet("acme", fleetOf(age), fleetContext(context)).map(
    ({ code, severity }) => `${code}${severity === "warning" ? " (warning)" : ""}`,
  );
}

const settled = recordOf({ age: { recipient: oldPair.recipient }, ageGeneration: 1 });
const introducing = {
  recipient: oldPair.recipient,
  phase: "introducing",
  next: newPair.recipient,
} as const;

describe("the identity of a cluster in a fleet", () => {
  it("is a generated one when a secret needs it and none is declared", () => {
    const [age, held] = rendered(undefined, { identities: made(oldPair) });
    assert.deepEqual(age, { recipient: oldPair.recipient });
    assert.deepEqual(held, [oldPair.identity]);
  });

  it("is joined by the next generation, in an entry of its own", () => {
    const context = { record: settled, identities: made(oldPair, newPair) };
    const [age, held] = rendered({ generation: 2 }, context);
    assert.deepEqual(age, introducing);
    assert.deepEqual([...held].sort(), [oldPair.identity, newPair.identity].sort());
    assert.deepEqual(codes({ generation: 2 }, context), ["AGE_ROTATING (warning)"]);
  });

  it("is joined by one that is yet to be made, as far as a preview can tell", () => {
    const context = { record: settled, identities: made(oldPair) };
    const [age, held] = rendered({ generation: 2 }, context);
    assert.deepEqual(age, { ...introducing, next: unknownValue });
    assert.deepEqual([...held].sort(), [oldPair.identity, unknownValue].sort());
  });

  it("can turn back to an earlier generation, for none is forgotten", () => {
    const record = recordOf({ age: introducing, ageGeneration: 2 });
    const context = { record, identities: made(oldPair, newPair) };
    assert.deepEqual(rendered({ generation: 1 }, context)[0], { recipient: oldPair.recipient });
    const { record: after } = renderFleet(
      "acme",
      fleetOf({ generation: 1 }),
      fleetContext(context),
    );
    assert.equal(after.clusters["eu"]?.ageGeneration, 2);
  });

  it("gives way to a brought one, which needs no `previous` after a generated one", () => {
    const context = { record: settled, identities: made(oldPair) };
    const [age, held] = rendered(newPair, context);
    assert.deepEqual(age, introducing);
    assert.deepEqual([...held].sort(), [oldPair.identity, newPair.identity].sort());
  });

  it("is not replaced by that of an empty state", () => {
    const empty = { record: settled, identities: made(newPair) };
    assert.deepEqual(codes({ generation: 1 }, empty), ["AGE_IDENTITY_MISSING"]);
    assert.deepEqual(codes({ generation: 1 }, { ...empty, identities: made() }), [
      "AGE_IDENTITY_MISSING",
    ]);
    const rescued = { generation: 1, previous: oldPair };
    assert.deepEqual(codes(rescued, empty), ["AGE_ROTATING (warning)"]);
    const abandon = { recipient: oldPair.recipient, reason: "the state is lost" };
    assert.deepEqual(codes({ generation: 1, abandon }, empty), ["AGE_ABANDONED (warning)"]);
  });

  it("is not dropped with `previous` while files are encrypted to it", () => {
    const brought = recordOf({ age: introducing });
    assert.deepEqual(codes(newPair, { record: brought }), ["AGE_IDENTITY_MISSING"]);
    assert.deepEqual(codes({ ...newPair, previous: oldPair }, { record: brought }), [
      "AGE_ROTATING (warning)",
    ]);
  });

  it("belongs to somebody else when only the recipient is given, and then changes by statements", () => {
    const { recipient } = newPair;
    const record = recordOf({ age: introducing });
    assert.deepEqual(rendered({ recipient }, { record }), [introducing, []]);
    const confirmed = { recipient, step: "installed" } as const;
    assert.deepEqual(rendered({ recipient, confirmed }, { record }), [
      { ...introducing, phase: "reencrypting" },
      [],
    ]);
  });

  it("is refused with a private key in place of a recipient, wherever that stands", () => {
    const [key] = identities;
    const ages: readonly ClusterArgs<string>["age"][] = [
      { recipient: key },
      { generation: 1, previous: { recipient: key } },
      { generation: 1, confirmed: { recipient: key, step: "installed" } },
      { generation: 1, abandon: { recipient: key, reason: "leaked" } },
    ];
    for (const age of ages) {
      const findings = checkFleet("acme", fleetOf(age), fleetContext());
      assert.ok(findings.some(({ code }) => code === "IDENTITY_AS_RECIPIENT"));
      assert.ok(!JSON.stringify(findings).includes(key));
    }
    assert.deepEqual(codes({ generation: 0 }, {}), ["INVALID_ARGUMENT"]);
  });
});

describe("a live Secret", () => {
  it("tells the recipients of its identities, of both kinds", async () => {
    const modern = await generateIdentity({ postQuantum: true });
    const found = await identityRecipients({
      "eu-1.agekey": `# created today\n${oldPair.identity}\n`,
      "eu-2.agekey": modern.identity,
      "notes.txt": "not a key",
    });
    assert.deepEqual(found, [oldPair.recipient, modern.recipient]);
  });

  it("tells none when one line would make kustomize-controller refuse it", async () => {
    const texts = { "a.agekey": oldPair.identity, "b.agekey": ` ${newPair.identity}` };
    assert.deepEqual(await identityRecipients(texts), []);
    assert.deepEqual(await identityRecipients({}), []);
  });
});

describe("Kustomizations that decrypt", () => {
  it("are behind until they applied the commit, and foreign when they read something else", async () => {
    const isAtHead = (commit: string | undefined): Promise<boolean> =>
      Promise.resolve(commit === "new");
    const one = (key: string, appliedCommit?: string, readsRootSource = true) => ({
      ...{ key, readsRootSource, appliedCommit },
    });
    const judged = await notAtHead(
      [one("a", "new"), one("b", "old"), one("c"), one("b", "old"), one("d", "new", false)],
      isAtHead,
    );
    assert.deepEqual(judged, { behind: ["b", "c"], foreign: ["d"] });
  });
});

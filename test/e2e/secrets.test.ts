import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { generateIdentity } from "../../components/sops/sealing/index.js";
import type { GeneratedIdentity } from "../../components/sops/sealing/index.js";
import type { FleetRecord } from "../../graph/changes/ownership.js";
import { opaqueSecret } from "../../index.js";
import type { ClusterArgs } from "../../index.js";
import type { Lab, LabCluster } from "../../lab/index.js";
import { encryptSecret } from "../../sops.js";
import { SopsDirectory } from "../conformance/sops-cli.js";
import { generatorFiles, generatorList, predictions, secretEntries } from "./support/generators.js";
import { assertAt, condition, find, nudge, pathOf, read, text, until } from "./support/live.js";
import {
  assertSettled,
  createApp,
  fluxVersion,
  labCluster,
  labFleet,
  labTenant,
  openLab,
} from "./support/lab-fleet.js";
import type { LabFleet } from "./support/lab-fleet.js";
import { ReconciliationWatch } from "./support/reconciliation-watch.js";

let lab: Lab;
let clusters: readonly [LabCluster, LabCluster];
let fleet: LabFleet;
let breakGlass: GeneratedIdentity;

const repository = "fleet-secrets";
const decrypting = ["flux-system/cluster-secrets", "flux-system/payments"];
const platform = ["flux-system/flux-system", ...decrypting];

/** The same fleet in every test but for the ages of its clusters. */
function declare(...ages: readonly ClusterArgs["age"][]): void {
  const secret = (value: string): pulumi.Output<string> => pulumi.secret(value);
  fleet.declare({
    sops: { breakGlass: [breakGlass.recipient] },
    clusters: clusters.map((one, index) => {
      const age = ages[index];
      const key = secret(`value of ${one.name}`);
      const secrets = [opaqueSecret("platform", { key }, { namespace: "platform" })];
      return labCluster(one, { secrets, ...(age === undefined ? {} : { age }) });
    }),
    tenants: ["payments", "search"].map((name) =>
      labTenant(lab, name, {
        age: {},
        retryInterval: "10s",
        secrets: [opaqueSecret(`${name}-db`, { password: secret(`password of ${name}`) })],
      }),
    ),
  });
}

async function files(): Promise<ReadonlyMap<string, string>> {
  return lab.git.read(repository, "main");
}

/** What the ownership file remembers. */
async function record(): Promise<FleetRecord> {
  const file = (await files()).get(".flux-fleet/acme.json");
  assert.ok(file !== undefined);
  return (JSON.parse(file) as { readonly record: FleetRecord }).record; // written by this library
}

async function secretFile({ name }: LabCluster): Promise<string> {
  const path = `secrets/production/${name}/cluster-secrets/platform/secret-platform.yaml`;
  return (await files()).get(path) ?? "";
}

async function liveEntries(cluster: LabCluster): Promise<readonly string[]> {
  const { data = {} } = await read(cluster, "Secret flux-system/sops-age");
  return Object.keys(data).sort();
}

/** Every value that the fleet encrypted is on the cluster. */
async function assertDecrypted(cluster: LabCluster): Promise<void> {
  const own = await read(cluster, "Secret platform/platform");
  assert.equal(text(own, "key"), `value of ${cluster.name}`);
  for (const name of ["payments", "search"]) {
    const db = await read(cluster, `Secret ${name}/${name}-db`);
    assert.equal(text(db, "password"), `password of ${name}`);
  }
}

async function untilFailed(cluster: LabCluster, object: string, message: RegExp): Promise<void> {
  let last: string | undefined;
  await until(`${object} fails on ${cluster.name}`, async () => {
    const ready = condition(await find(cluster, object), "Ready");
    last = ready?.message?.replace(/[\s|]+/g, " "); // sops breaks its lines
    return ready?.status === "False" && message.test(last ?? "");
  }).catch((error: unknown) => {
    throw new Error(`it says: ${String(last)}`, { cause: error });
  });
}

before(async () => {
  lab = await openLab();
  breakGlass = await generateIdentity();
  clusters = await Promise.all([lab.startCluster("secrets-a"), lab.startCluster("secrets-b")]);
  for (const name of ["payments", "search"]) await createApp(lab, name);
  fleet = await labFleet(lab, repository, {
    flux: {
      version: fluxVersion,
      components: ["source-controller", "kustomize-controller"],
    },
    clusters: clusters.map((one) => labCluster(one)),
  });
  declare();
});
after(async () => {
  fleet.stack.dispose();
  await Promise.all(clusters.map(async (one) => one.remove()));
  await lab.stop();
});

it("lets each cluster decrypt what is its own with an identity of its own", async () => {
  const commit = await fleet.up();
  for (const cluster of clusters) {
    await assertAt(cluster, commit, ...platform);
    await assertDecrypted(cluster);
    assert.equal((await liveEntries(cluster)).length, 1);
  }
  const { clusters: recorded } = await record();
  const recipients = clusters.map(({ name }) => recorded[name]?.age?.recipient ?? "");
  assert.equal(new Set(recipients).size, 2);
  for (const [index, cluster] of clusters.entries()) {
    const file = await secretFile(cluster);
    const own = [breakGlass.recipient, recipients[index] ?? ""];
    assert.deepEqual(
      [...file.matchAll(/recipient: (\S+)/g)].map(([, one]) => one),
      own.sort(),
    );
  }
  await assertSettled(fleet);
});

it("lets no cluster decrypt what is another's", async () => {
  const [a, b] = clusters;
  const object = "Kustomization flux-system/stolen";
  const live = await read(b, "Kustomization flux-system/cluster-secrets");
  await b.api.create(pathOf(object).replace(/\/stolen$/, ""), {
    apiVersion: live.apiVersion,
    kind: live.kind,
    metadata: { name: "stolen", namespace: "flux-system" },
    spec: { ...live.spec, path: `./secrets/production/${a.name}/cluster-secrets` },
  });
  await untilFailed(b, object, /identity did not match any of the recipients/);
  await b.api.delete(pathOf(object));
  await until("it is gone", async () => (await find(b, object)) === undefined);
  assert.equal(text(await read(b, "Secret platform/platform"), "key"), `value of ${b.name}`);
});

describe("a tenant", () => {
  it("decrypts what is encrypted to its own identity in its own repository", async () => {
    const { tenants } = await record();
    const own = await encryptSecret(
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "api" },
        data: { key: Buffer.from("of payments").toString("base64") },
      },
      { recipients: [tenants["payments"]?.age?.recipient ?? ""] },
    );
    await lab.git.commit("payments-app", "main", { "deploy/secret.yaml": own });
    for (const cluster of clusters) {
      await nudge(cluster, "GitRepository payments/payments");
      await until("the tenant's own Secret is there", async () => {
        return text(await find(cluster, "Secret payments/api"), "key") === "of payments";
      });
    }
  });

  it("decrypts neither what is another tenant's nor what is the cluster's", async () => {
    const [cluster] = clusters;
    const others = {
      "another tenant's": (await lab.git.read("payments-app", "main")).get("deploy/secret.yaml"),
      "the cluster's": await secretFile(cluster),
    };
    for (const [whose, stolen] of Object.entries(others)) {
      assert.ok(stolen !== undefined && stolen !== "", whose);
      const text = stolen.replace(/^ {4}namespace: .*\n/m, "");
      await lab.git.commit("search-app", "main", { "deploy/stolen.yaml": text });
      await nudge(cluster, "GitRepository search/search");
      await untilFailed(
        cluster,
        "Kustomization search/search",
        /identity did not match any of the recipients/,
      );
      assert.equal(await find(cluster, "Secret search/api"), undefined);
      assert.equal(await find(cluster, "Secret search/platform"), undefined);
    }
    await lab.git.commit("search-app", "main", { "deploy/stolen.yaml": null });
    await nudge(cluster, "GitRepository search/search");
    await until("search is Ready again", async () => {
      const ready = condition(await read(cluster, "Kustomization search/search"), "Ready");
      return ready?.status === "True";
    });
  });

  it("gets ciphertext, and is Ready, exactly where the graph says so", async () => {
    const [cluster] = clusters;
    const { tenants } = await record();
    const texts = await generatorFiles(tenants["search"]?.age?.recipient ?? "");
    const names = [...(await lab.git.read("search-app", "main")).keys()]
      .filter((path) => /^deploy\/.*\.yaml$/.test(path))
      .map((path) => path.slice("deploy/".length));
    texts["deploy/kustomization.yaml"] = generatorList(names);
    await lab.git.commit("search-app", "main", texts);
    await nudge(cluster, "GitRepository search/search");
    await until("the generated Secret is there", async () => {
      return (await find(cluster, "Secret search/generated")) !== undefined;
    });
    await until("search is Ready", async () => {
      const ready = condition(await read(cluster, "Kustomization search/search"), "Ready");
      return ready?.status === "True";
    });
    const [generated, pairs, config] = await Promise.all(
      ["Secret search/generated", "Secret search/pairs", "ConfigMap search/config"].map((object) =>
        read(cluster, object),
      ),
    );
    const live = new Map<string, string>([
      ...secretEntries.map((entry) => {
        const [key = "", file = key] = entry.split("=");
        return [file, text(generated, key)] as const;
      }),
      ["pairs.txt", text(pairs, "A")],
      ["config.yaml", text(config, "config.yaml")],
    ]);
    const seen = [...live].map(([file, value]) => {
      const isSealed = value.includes("ENC[AES256_GCM,");
      assert.ok(isSealed || value.includes("plain"), `${file}: ${value}`);
      return `${file} ${isSealed ? "ciphertext" : "decrypted"}`;
    });
    const expected = predictions(texts);
    assert.deepEqual([...seen].sort(), [...expected].sort());
    assert.equal(seen.filter((line) => line.endsWith("ciphertext")).length, 3);
    const gone = Object.keys(texts).map((path) => [path, null] as const);
    await lab.git.commit("search-app", "main", Object.fromEntries(gone));
  });
});

describe("a rotation", () => {
  it("goes from phase to phase, and no reconciliation fails on the way", async () => {
    const [a, b] = clusters;
    const before = (await record()).clusters[a.name]?.age;
    const old = await liveEntries(a);
    const untouched = await secretFile(b);
    declare({ generation: 2 });
    const preview = await fleet.stack.preview();
    assert.match(preview.problems, /"secrets-a": age: Changes from age1\w+ to the one that this/);

    // The root decrypts nothing, and applies all of Flux each time.
    const watch = new ReconciliationWatch(clusters, decrypting);
    const encrypted = await secretFile(a);
    const first = await fleet.stack.up();
    assert.match(first.problems, /nothing is encrypted to it yet.* Run `up` once more/);
    const introducing = (await record()).clusters[a.name]?.age;
    assert.equal(introducing?.phase, "introducing");
    assert.equal(introducing.recipient, before?.recipient);
    assert.equal(await secretFile(a), encrypted);
    assert.equal((await liveEntries(a)).length, 2);

    const second = await fleet.stack.up();
    assert.match(second.problems, /This commit encrypts everything to age1\w+; both identities/);
    const next = introducing.next ?? "";
    const file = await secretFile(a);
    assert.ok(file.includes(next) && !file.includes(introducing.recipient));
    assert.equal((await liveEntries(a)).length, 2);

    const third = await fleet.stack.up();
    assert.match(third.problems, /leaves the Secret/);
    assert.deepEqual((await record()).clusters[a.name]?.age, { recipient: next });
    assert.equal(await secretFile(a), file);
    const [entry, ...others] = await liveEntries(a);
    assert.deepEqual(others, []);
    assert.ok(entry !== undefined && !old.includes(entry));
    await assertSettled(fleet);

    const reconciled = watch.successes;
    await until("everything was reconciled once more", () =>
      Promise.resolve(watch.successes > reconciled + 2 * decrypting.length),
    );
    await watch.end();
    assert.deepEqual(watch.failures, []);
    assert.equal(await secretFile(b), untouched);
    for (const cluster of clusters) await assertDecrypted(cluster);
  });

  it("without overlap mends a cluster whose identity is lost, in one run", async () => {
    const [, b] = clusters;
    const lost = (await record()).clusters[b.name]?.age?.recipient ?? "";
    await b.api.delete(pathOf("Secret flux-system/sops-age"));
    await nudge(b, "Kustomization flux-system/cluster-secrets");
    await untilFailed(b, "Kustomization flux-system/cluster-secrets", /sops-age/);

    const abandon = { recipient: lost, reason: "somebody deleted it" };
    declare({ generation: 2 }, { generation: 2, abandon });
    const { problems } = await fleet.stack.up({ refresh: true });
    assert.match(problems, /goes at once, and everything is encrypted to/);
    const age = (await record()).clusters[b.name]?.age;
    assert.equal(age?.phase, undefined);
    assert.notEqual(age?.recipient, lost);
    assert.ok(!(await secretFile(b)).includes(lost));
    assert.equal((await liveEntries(b)).length, 1);
    await assertDecrypted(b);
    for (const name of platform) {
      await until(`${name} is Ready again`, async () => {
        return condition(await read(b, `Kustomization ${name}`), "Ready")?.status === "True";
      });
    }
  });
});

it("lets the break-glass identity read everything with sops alone", async () => {
  const directory = new SopsDirectory([breakGlass.identity]);
  try {
    const encrypted = [...(await files())].filter(([, content]) => /^sops:$/m.test(content));
    // Two of clusters, and of each tenant on both clusters a Secret and its identity.
    assert.equal(encrypted.length, 10);
    for (const [path, content] of encrypted) {
      directory.write("file.yaml", content);
      const plain = await directory.sops(["decrypt", "file.yaml"]);
      assert.ok(!plain.includes("ENC["), path);
      assert.match(plain, /^data:\n/m, path);
    }
  } finally {
    directory.remove();
  }
});

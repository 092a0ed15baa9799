/** `examples/article`, from nothing to a running fleet whose tags image automation writes. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { LabCluster } from "../../lab/index.js";
import { openArticlePlace } from "./support/article-place.js";
import type { ArticlePlace } from "./support/article-place.js";
import { changesOf } from "./support/lab-fleet.js";
import {
  applied,
  assertAt,
  condition,
  find,
  nudge,
  pathOf,
  read,
  text,
  until,
} from "./support/live.js";
import type { LiveObject } from "./support/live.js";
import { hurried } from "./support/waiting-chain.js";

let place: ArticlePlace;

const platform = ["flux-system", "infrastructure", "apps", "ingress", "payments"].map(
  (name) => `flux-system/${name}`,
);
const fleet = "fleet-infra";
const application = "deploy/production/app.yaml";
const production = "apps/overlays/production/deployment-payment-service.yaml";
const staging = "apps/overlays/staging/deployment-payment-service.yaml";

const bot = "Flux CD Bot <fluxcdbot@example.com>";

/** The commits of the fleet repository that are not image automation's, newest first. */
async function commitsOfUp(): Promise<readonly string[]> {
  const all = await place.host.log(fleet, "main");
  return all.filter(({ author }) => author !== bot).map(({ commit }) => commit);
}

function tagIn(file: string): string {
  return /image: "?[^\s"]+:([^\s":]+)"? # /.exec(file)?.[1] ?? "none";
}

/** Runs `up` with the interval of the applications changed, and returns its commit. */
async function up(appsInterval?: string): Promise<string> {
  if (appsInterval !== undefined) await configure(appsInterval);
  const { outputs } = await hurried(place.clusters, () => place.stack.up());
  return String(outputs["commit"]?.value);
}

async function configure(appsInterval: string): Promise<void> {
  await place.stack.stack.setConfig("appsInterval", { value: appsInterval });
}

/** Pushes an image, and waits until image automation has written its tag into these files. */
async function release(tag: string, ...files: readonly string[]): Promise<void> {
  await place.registry.pushImage("payment-service", tag);
  const [west] = place.clusters;
  for (const name of ["payment-service", "payment-service-staging"]) {
    await nudge(west, `ImageRepository flux-system/${name}`);
  }
  const written = files.length === 0 ? [production, staging] : files;
  await until(
    `the commit of ${tag}`,
    () => Promise.resolve(written.every((file) => tagIn(place.fileAtHead(fleet, file)) === tag)),
    60,
  );
}

/** What a preview would do apart from waiting: clusters may be on their way to a commit of the bot. */
async function wanted(): Promise<readonly string[]> {
  return changesOf(await place.stack.preview()).filter((one) => !one.endsWith("-wait"));
}

/** Once the clusters have followed the head through the whole chain, a preview finds nothing to do. */
async function assertNothingToDo(): Promise<void> {
  const head = (await place.host.log(fleet, "main"))[0]?.commit;
  await hurried(place.clusters, async () => {
    for (const cluster of place.clusters) {
      await nudge(cluster, "GitRepository flux-system/flux-system");
      for (const name of platform) {
        await until(`${cluster.name} ${name} is Ready at the head`, async () => {
          const one = await read(cluster, `Kustomization ${name}`);
          return applied(one) === head && condition(one, "Ready")?.status === "True";
        });
      }
    }
  });
  assert.deepEqual(changesOf(await place.stack.preview()), []);
}

function imageOf(deployment: LiveObject): string {
  const { template } = deployment.spec as {
    readonly template: {
      readonly spec: { readonly containers: readonly { readonly image: string }[] };
    };
  };
  return template.spec.containers[0]?.image ?? "";
}

/** Both clusters run this tag of the article's application, available; the next preview is empty. */
async function assertRolledOut(tag: string): Promise<void> {
  await assertNothingToDo();
  for (const cluster of place.clusters) {
    const deployment = await read(cluster, "Deployment payment/payment-service");
    assert.ok(imageOf(deployment).endsWith(`:${tag}`), `${cluster.name}: ${imageOf(deployment)}`);
    assert.equal(condition(deployment, "Available")?.status, "True", cluster.name);
  }
}

function since(object: LiveObject, type: string): number {
  const found = object.status?.conditions?.find((one) => one.type === type);
  const { lastTransitionTime } = (found ?? {}) as { readonly lastTransitionTime?: string };
  assert.equal(found?.status, "True", type);
  return Date.parse(lastTransitionTime ?? "");
}

function created({ metadata }: LiveObject): number {
  return Date.parse((metadata as { readonly creationTimestamp?: string }).creationTimestamp ?? "");
}

before(async () => {
  place = await openArticlePlace();
});
after(async () => {
  await place.end();
});

describe("examples/article", () => {
  it("goes from nothing to a fleet that runs on both clusters, in one commit", async () => {
    const commit = await up();
    assert.equal((await place.host.log(fleet, "main")).length, 1);
    for (const cluster of place.clusters) {
      await assertAt(cluster, commit, ...platform);
      const [payments] = await place.host.log("payments-app", "main");
      await assertAt(cluster, payments?.commit ?? "", "payments/payments");
      const secret = await read(cluster, "Secret payment/payment-db-credentials");
      assert.equal(text(secret, "password"), "of the payment database");
    }
  });

  it("brought each part of the chain up after the one before was healthy", async () => {
    for (const cluster of place.clusters) {
      const [controller, service, ingress, tenant] = await Promise.all(
        [
          "HelmRelease flux-system/ingress-nginx",
          "Deployment payment/payment-service",
          "Ingress payment/payment-service",
          "Deployment payments/payments-api",
        ].map((object) => read(cluster, object)),
      );
      assert.ok(controller && service && ingress && tenant);
      assert.ok(since(controller, "Ready") <= created(service), `${cluster.name}: apps`);
      assert.ok(since(controller, "Ready") <= created(tenant), `${cluster.name}: payments`);
      assert.ok(since(service, "Available") <= created(ingress), `${cluster.name}: ingress`);
    }
  });

  it("gives each cluster its own values", async () => {
    const regions = await Promise.all(
      place.clusters.map(async (cluster) => {
        const { spec } = await read(cluster, "Ingress payment/payment-service");
        return (spec?.["rules"] as readonly { readonly host: string }[]).map(({ host }) => host);
      }),
    );
    assert.deepEqual(regions, [
      ["payment.eu-west-1.example.com"],
      ["payment.europe-west1.example.com"],
    ]);
  });

  it("polls registries and writes tags from one cluster alone", async () => {
    const [west, central] = place.clusters;
    for (const object of [
      "ImageRepository flux-system/payment-service",
      "ImagePolicy flux-system/payment-service",
      "ImageRepository payments/payments-api",
    ]) {
      assert.ok(await find(west, object), object);
      assert.equal(await find(central, object), undefined, object);
    }
  });
});

describe("a push to the registry", () => {
  it("becomes a signed commit and runs on both clusters; the next preview is empty", async () => {
    await release("1.4.0");
    const [last] = await place.host.log(fleet, "main");
    assert.ok(last);
    assert.equal(last.author, bot);
    assert.match(last.message, /1\.3\.2.*1\.4\.0/);
    assert.match(last.message, /\[skip ci\]\s*$/);
    assert.ok(place.isSigned(fleet, last.commit));
    await assertRolledOut("1.4.0");
  });

  it("of a pre-release is taken where the program says so, and nowhere else", async () => {
    await release("1.5.0-rc.1", staging);
    assert.equal(tagIn(place.fileAtHead(fleet, production)), "1.4.0");
    assert.deepEqual(await wanted(), []);
  });
});

describe("image automation and `up` in turn", () => {
  it("lose no tag and no change, whatever comes between which steps", async () => {
    const before = (await commitsOfUp()).length;

    // 1: between the change of the program and its preview.
    await configure("31m");
    await release("1.5.1");
    await place.stack.preview();
    // 2: between preview and up.
    await release("1.5.2");
    // 3: while `up` pushes: its commit has arrived, and the branch moves before it is accepted.
    const isHeld = place.host.holdNextPush(fleet, "platform");
    const running = up();
    await until("the push of up is held", () => Promise.resolve(isHeld()));
    await release("1.5.3");
    await running;
    // 4: after up, with nothing to change.
    await release("1.5.4");
    assert.deepEqual(await wanted(), []);
    // 5: twice before the next up.
    await release("1.5.5");
    await release("1.5.6");
    await up("35m");

    assert.equal((await commitsOfUp()).length, before + 2);
    assert.match(
      place.fileAtHead(fleet, "clusters/production/eu-west-1/apps.yaml"),
      /interval: 35m/,
    );
    await assertRolledOut("1.5.6");
    const tags = place.history(fleet, production).map(tagIn);
    const sorted = [...tags].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    assert.deepEqual(tags, sorted, "a tag went back");
    for (const { author, commit } of await place.host.log(fleet, "main")) {
      assert.equal(place.isSigned(fleet, commit), author === bot, commit);
    }
  });
});

describe("a tenant's image automation", () => {
  it("writes the tenant's repository with the tenant's login", async () => {
    const [west] = place.clusters;
    await place.registry.pushImage("payments-api", "1.1.0");
    await nudge(west, "ImageRepository payments/payments-api");
    await until("the tenant's commit", () =>
      Promise.resolve(tagIn(place.fileAtHead("payments-app", application)) === "1.1.0"),
    );
    const [bot] = await place.host.log("payments-app", "main");
    assert.equal(bot?.author, "Payments Bot <payments-bot@example.com>");
    for (const cluster of place.clusters) {
      await nudge(cluster, "GitRepository payments/payments");
      await until(`${cluster.name} runs it`, async () =>
        imageOf(await read(cluster, "Deployment payments/payments-api")).endsWith(":1.1.0"),
      );
    }
    assert.deepEqual(await wanted(), []);
  });

  it("cannot write the platform's repository: the server refuses its login", async () => {
    const [west] = place.clusters;
    // A file that the tenant's policy would change, if it could.
    const bait = place.fileAtHead("payments-app", application);
    await place.host.commit(fleet, "main", { "notes/bait.yaml": bait.replace("1.1.0", "1.0.0") });
    const head = (await place.host.log(fleet, "main"))[0]?.commit;
    await tryToWriteFleet(west);
    await until("it tried", () => Promise.resolve(place.host.refused(fleet).length > 0), 60);
    assert.equal(place.host.refused(fleet)[0], "payments-bot");
    const said = await until("it says so", async () => {
      const object = await find(west, "ImageUpdateAutomation payments/intruder");
      const ready = condition(object, "Ready");
      return ready?.status === "False" && ready.message;
    });
    assert.match(said, /declined|refused|failed to push/);
    assert.equal((await place.host.log(fleet, "main"))[0]?.commit, head);
  });
});

/** What a tenant could try: its own automation, aimed at the fleet repository. */
async function tryToWriteFleet(cluster: LabCluster): Promise<void> {
  const own = await read(cluster, "ImageUpdateAutomation payments/image-updates");
  const source = await read(cluster, "GitRepository payments/image-updates");
  const metadata = { name: "intruder", namespace: "payments" };
  const create = async (of: LiveObject, spec: object): Promise<void> => {
    const collection = pathOf(`${String(of.kind)} payments/x`).replace(/\/x$/, "");
    const { apiVersion, kind } = of;
    await cluster.api.create(collection, { apiVersion, kind, metadata, spec });
  };
  await create(source, { ...source.spec, url: place.host.url(fleet) });
  await create(own, {
    ...own.spec,
    sourceRef: { kind: "GitRepository", name: "intruder" },
    update: { strategy: "Setters", path: "./notes" },
  });
}

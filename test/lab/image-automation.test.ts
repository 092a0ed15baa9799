import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import type { ApiObject, Lab, LabCluster } from "../../lab/index.js";
import { startLab } from "../../lab/index.js";
import { startRegistry, type LabRegistry } from "../../lab/registry.js";
import { imageAutomation } from "../../components/image/image-automation.js";
import type {
  ImageAutomationArgs,
  ImageAutomationPart,
} from "../../components/image/image-automation.js";
import type { ImageUpdatesArgs } from "../../components/image/image-updates.js";
import { imageUpdatesOf } from "../../components/image/image-updates.js";
import { imageObjects, imageUpdatesName } from "../../components/image/manifests.js";
import { publish } from "../../repository/index.js";
import type { Publication, Remote } from "../../repository/index.js";
import { eventually, installFlux, isAvailable } from "./install-flux.js";
import { markedTree, pinnedTree } from "./marked-tree.js";

const namespace = "shop";
const components = [
  "source-controller",
  "notification-controller",
  "image-reflector-controller",
  "image-automation-controller",
];

let lab: Lab;
let cluster: LabCluster;
let registry: LabRegistry;
let cache: string;

before(async () => {
  [lab, registry] = await Promise.all([startLab({ clusters: ["images"] }), startRegistry()]);
  cluster = lab.cluster("images");
  cache = await mkdtemp(join(tmpdir(), "fleet-test-"));
  await cluster.api.apply(
    `/api/v1/namespaces/${namespace}`,
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    "test",
  );
  await installFlux(cluster, components);
  for (const name of components) {
    await eventually(`${name} Available`, () => isAvailable(cluster, name));
  }
});
after(async () => {
  await lab.stop();
  await registry.close();
  await rm(cache, { recursive: true, force: true });
});

const plurals: Readonly<Record<string, string>> = {
  Secret: "secrets",
  GitRepository: "gitrepositories",
  ImageRepository: "imagerepositories",
  ImagePolicy: "imagepolicies",
  ImageUpdateAutomation: "imageupdateautomations",
  OCIRepository: "ocirepositories",
  HelmRepository: "helmrepositories",
  HelmChart: "helmcharts",
  ArtifactGenerator: "artifactgenerators",
  ExternalArtifact: "externalartifacts",
};

function pathOf(apiVersion: string, kind: string, name: string): string {
  const root = apiVersion.includes("/") ? "/apis" : "/api";
  return `${root}/${apiVersion}/namespaces/${namespace}/${plurals[kind] ?? ""}/${name}`;
}

async function apply(apiVersion: string, kind: string, name: string, rest: object): Promise<void> {
  const object: ApiObject = { apiVersion, kind, metadata: { name, namespace }, ...rest };
  await cluster.api.apply(pathOf(apiVersion, kind, name), object, "test");
}

/** The revision of an object's artifact, once it is Ready. */
async function artifactOf(apiVersion: string, kind: string, name: string): Promise<string> {
  let revision = "";
  await eventually(`${kind} ${name} Ready`, async () => {
    const { status } = await cluster.api.get(pathOf(apiVersion, kind, name));
    const { artifact, conditions = [] } = (status ?? {}) as {
      readonly artifact?: { readonly revision: string };
      readonly conditions?: readonly { type: string; status: string; message: string }[];
    };
    revision = artifact?.revision ?? "";
    const ready = conditions.find(({ type }) => type === "Ready");
    if (ready?.status === "False") throw new Error(ready.message);
    return ready?.status === "True" && revision !== "";
  });
  return revision;
}

const imageApi = "image.toolkit.fluxcd.io/v1";
const source = "source.toolkit.fluxcd.io/v1";

/** What `flux reconcile image repository` and `flux reconcile image update` do. */
async function reconcile(kind: string, name: string): Promise<void> {
  const metadata = {
    ...{ name, namespace },
    annotations: { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() },
  };
  const object = { apiVersion: imageApi, kind, metadata };
  await cluster.api.apply(pathOf(imageApi, kind, name), object, "reconcile");
}

/** An image of the registry that Flux looks for. */
function registryImage(name: string, more: Partial<ImageAutomationArgs> = {}): ImageAutomationPart {
  return imageAutomation(name, {
    image: `${registry.host}/acme/${name}`,
    policy: { semver: "1.x" },
    interval: "1m",
    spec: { repository: { insecure: true } },
    ...more,
  });
}

/** Applies what the parts render. */
async function declare(more: Partial<ImageUpdatesArgs> = {}): Promise<void> {
  const updates = imageUpdatesOf({
    runsOn: { kind: "cluster", name: "images" },
    writesTo: { path: "./deploy", secret: { name: "git" } },
    author: { name: "bot", email: "bot@example.com" },
    interval: "1m",
    ...more,
  });
  const place = {
    ...{ namespace, serviceAccountName: "default" },
    source: { url: lab.git.url("web"), branch: "main" },
  };
  const pinned = registryImage("pinned", { digestReflection: "IfNotPresent" });
  for (const object of imageObjects([registryImage("web"), pinned], updates, place)) {
    const { apiVersion, kind, metadata } = object;
    await cluster.api.apply(pathOf(apiVersion, kind, metadata.name), object, "test");
  }
}

/** What the policy of an image has chosen. */
async function chosen(name: string): Promise<unknown> {
  const { status } = await cluster.api.get(pathOf(imageApi, "ImagePolicy", name));
  return (status as { readonly latestRef?: unknown } | undefined)?.latestRef;
}

async function secret(name: string, stringData: Readonly<Record<string, string>>): Promise<void> {
  await apply("v1", "Secret", name, { stringData });
}

const noDigest = `sha256:${"0".repeat(64)}`;

async function up(tag: string, replicas: number): Promise<Publication> {
  const { ca, writer } = lab.git;
  const remote: Remote = {
    url: lab.git.url("web"),
    branch: "main",
    cacheDirectory: cache,
    credentials: { username: writer.username, token: writer.token, ca },
  };
  const files = [
    { path: "deploy/pinned.yaml", text: pinnedTree(registry.host, noDigest) },
    { path: "deploy/web.yaml", text: markedTree(registry.host, tag, replicas) },
  ];
  return await publish(remote, "acme", { owner: "acme", renderer: "test 1", files });
}

async function textAtHead(branch = "main", file = "deploy/web.yaml"): Promise<string> {
  return (await lab.git.read("web", branch)).get(file) ?? "";
}

async function release(tag: string, branch = "main"): Promise<void> {
  await registry.pushImage("acme/web", tag);
  await reconcile("ImageRepository", "web");
  await eventually(`the commit of ${tag}`, async () =>
    (await textAtHead(branch)).includes(`acme/web:${tag}`),
  );
}

/** Runs a program and gives what it wrote, to either stream. */
function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  if (error !== undefined) throw error;
  assert.equal(status, 0, `${command} ${args.join(" ")}: ${stderr}`);
  return `${stdout}${stderr}`;
}

/** What git says of the signature of the newest commit. */
function verified(settings: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const options = settings.flatMap((setting) => ["-c", setting]);
  const directory = ["--git-dir", lab.git.bareDirectory("web")];
  return run("git", [...options, ...directory, "verify-commit", "main"], env);
}

test("image automation and `up` write one file in turn, and neither undoes the other", async () => {
  const { ca, writer } = lab.git;
  await lab.git.createRepository("web");
  await registry.pushImage("acme/web", "1.0.0");
  await registry.pushImage("acme/web", "1.99.0-rc.1");
  const digest = await registry.pushImage("acme/pinned", "1.0.0");
  await up("1.0.0", 1);
  await secret("git", { username: writer.username, password: writer.token, "ca.crt": ca });
  await declare();
  // The first look at both images may be over before the automation listens.
  await eventually("a choice of each image", async () => {
    const all = await Promise.all(["web", "pinned"].map((name) => chosen(name)));
    return all.every((one) => one !== undefined);
  });
  await reconcile("ImageUpdateAutomation", imageUpdatesName);
  await eventually("the digest", async () =>
    (await textAtHead("main", "deploy/pinned.yaml")).includes(digest),
  );
  assert.equal(await textAtHead("main", "deploy/pinned.yaml"), pinnedTree(registry.host, digest));
  for (const [round, tag] of ["1.1.0", "1.2.0", "1.9.0", "1.10.0", "1.11.0"].entries()) {
    await release(tag);
    const bot = (await lab.git.log("web", "main"))[0];
    assert.ok(bot);
    assert.equal(bot.author, "bot <bot@example.com>");
    assert.match(
      bot.message,
      new RegExp(`shop:web:tag \\S+ -> ${tag.replaceAll(".", "\\.")}`, "u"),
    );
    assert.equal((await up("1.0.0", 1 + round)).change.isEmpty, true, tag);
    const { change } = await up("1.0.0", 2 + round);
    assert.deepEqual(change.changed, [".flux-fleet/acme.json", "deploy/web.yaml"]);
    assert.equal(await textAtHead(), markedTree(registry.host, tag, 2 + round));
    assert.equal((await up("1.0.0", 2 + round)).change.isEmpty, true);
  }
});

test("a declaration that changes wins until image automation chooses again", async () => {
  await up("1.2.0", 4);
  assert.ok((await textAtHead()).includes("acme/web:1.2.0"));
  await reconcile("ImageUpdateAutomation", imageUpdatesName);
  await eventually("the policy's choice again", async () =>
    (await textAtHead()).includes("acme/web:1.11.0"),
  );
  assert.equal((await up("1.2.0", 4)).change.isEmpty, true);
});

test("the source with the key that writes is suspended, and asks nobody", async () => {
  const { status } = await cluster.api.get(pathOf(source, "GitRepository", imageUpdatesName));
  assert.equal((status as { readonly artifact?: object } | undefined)?.artifact, undefined);
});

test("commits that are signed with SSH or GPG verify with git", async () => {
  const key = join(cache, "key");
  run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key]);
  await writeFile(
    join(cache, "signers"),
    `bot@example.com ${await readFile(`${key}.pub`, "utf8")}`,
  );
  await secret("ssh-key", { identity: await readFile(key, "utf8") });
  await declare({ signingKey: { secret: { name: "ssh-key" }, type: "ssh" } });
  await release("1.12.0");
  const ssh = ["gpg.format=ssh", `gpg.ssh.allowedSignersFile=${join(cache, "signers")}`];
  assert.match(verified(ssh), /Good "git" signature for bot@example\.com/u);

  const home = { GNUPGHOME: await mkdtemp(join(tmpdir(), "fleet-gpg-")) };
  try {
    const unattended = ["--batch", "--passphrase", "", "--pinentry-mode", "loopback"];
    run("gpg", [...unattended, "--quick-gen-key", "bot@example.com", "ed25519", "sign"], home);
    const armored = run("gpg", [...unattended, "--armor", "--export-secret-keys"], home);
    await secret("gpg-key", { "git.asc": armored });
    await declare({ signingKey: { secret: { name: "gpg-key" } } });
    await release("1.13.0");
    assert.match(verified([], home), /Good signature from "bot@example\.com"/u);
  } finally {
    spawnSync("gpgconf", ["--kill", "all"], { env: { ...process.env, ...home } });
    await rm(home.GNUPGHOME, { recursive: true, force: true });
  }
});

test("tags that are pushed to another branch reach the fleet when it is merged, without a diff", async () => {
  const push = { branch: "image-updates" };
  await declare({ writesTo: { path: "./deploy", push, secret: { name: "git" } } });
  await release("1.14.0", "image-updates");
  assert.doesNotMatch(await textAtHead(), /1\.14\.0/u);
  assert.equal((await up("1.2.0", 4)).change.isEmpty, true);
  const bare = ["--git-dir", lab.git.bareDirectory("web")];
  run("git", [...bare, "update-ref", "refs/heads/main", "refs/heads/image-updates"]);
  assert.equal((await up("1.2.0", 4)).change.isEmpty, true);
  assert.match(await textAtHead(), /acme\/web:1\.14\.0/u);
});

test("Flux reads the charts and artifacts of the registry, and source-watcher cuts pieces out of them", async () => {
  const revision = "main@sha1:1111111111111111111111111111111111111111";
  const files = { "one/a.yaml": "a: 1\n", "two/b.yaml": "b: 2\n" };
  const digest = await registry.pushArtifact("manifests/shop", "v1", { files, revision });
  await registry.pushChart("charts/web", {
    version: "0.1.0",
    files: { "templates/a.yaml": "a: 1\n" },
  });
  await apply(source, "OCIRepository", "shop", {
    spec: {
      url: `oci://${registry.host}/manifests/shop`,
      ref: { tag: "v1" },
      interval: "1m",
      insecure: true,
    },
  });
  await apply(source, "HelmRepository", "charts", {
    spec: { type: "oci", url: `oci://${registry.host}/charts`, insecure: true, interval: "1m" },
  });
  await apply(source, "HelmChart", "web", {
    spec: {
      chart: "web",
      version: "0.1.0",
      sourceRef: { kind: "HelmRepository", name: "charts" },
      interval: "1m",
    },
  });
  assert.equal(await artifactOf(source, "OCIRepository", "shop"), `v1@${digest}`);
  assert.equal(await artifactOf(source, "HelmChart", "web"), "0.1.0");

  await installFlux(cluster, ["source-watcher"]);
  await eventually("source-watcher Available", () => isAvailable(cluster, "source-watcher"));
  await apply("source.extensions.fluxcd.io/v1beta1", "ArtifactGenerator", "shop", {
    spec: {
      sources: [{ alias: "shop", kind: "OCIRepository", name: "shop" }],
      artifacts: [{ name: "shop-one", copy: [{ from: "@shop/one/**", to: "@artifact/" }] }],
    },
  });
  assert.match(await artifactOf(source, "ExternalArtifact", "shop-one"), /^latest@sha256:/u);
});

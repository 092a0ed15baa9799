import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import type { ApiObject, Lab, LabCluster } from "../../lab/index.js";
import { startLab } from "../../lab/index.js";
import { startRegistry, type LabRegistry } from "../../lab/registry.js";
import { imagePolicyMarker, printYaml } from "../../manifests/index.js";
import { publish } from "../../repository/index.js";
import type { Publication, Remote } from "../../repository/index.js";
import { eventually, installFlux, isAvailable } from "./install-flux.js";
import { installSourceWatcher } from "./install-source-watcher.js";

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

const image = "image.toolkit.fluxcd.io/v1";
const source = "source.toolkit.fluxcd.io/v1";

/** What `flux reconcile image repository` and `flux reconcile image update` do. */
async function reconcile(kind: "ImageRepository" | "ImageUpdateAutomation"): Promise<void> {
  const metadata = {
    ...{ name: "web", namespace },
    annotations: { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() },
  };
  const object = { apiVersion: image, kind, metadata };
  await cluster.api.apply(pathOf(image, kind, "web"), object, "reconcile");
}

async function declareAutomation(): Promise<void> {
  const { ca, writer } = lab.git;
  await apply("v1", "Secret", "git", {
    stringData: { username: writer.username, password: writer.token, "ca.crt": ca },
  });
  await apply(source, "GitRepository", "web", {
    spec: {
      url: lab.git.url("web"),
      ref: { branch: "main" },
      interval: "1m",
      secretRef: { name: "git" },
    },
  });
  const repository = { image: `${registry.host}/acme/web`, interval: "1m", insecure: true };
  await apply(image, "ImageRepository", "web", { spec: repository });
  await apply(image, "ImagePolicy", "web", {
    spec: { imageRepositoryRef: { name: "web" }, policy: { semver: { range: "1.x" } } },
  });
  await apply(image, "ImageUpdateAutomation", "web", {
    spec: {
      interval: "1m",
      sourceRef: { kind: "GitRepository", name: "web" },
      git: {
        checkout: { ref: { branch: "main" } },
        commit: {
          author: { name: "bot", email: "bot@example.com" },
          messageTemplate:
            "{{ range .Changed.Changes }}{{ .OldValue }} -> {{ .NewValue }}{{ end }}",
        },
        push: { branch: "main" },
      },
      update: { strategy: "Setters", path: "./deploy" },
    },
  });
}

/** One file with everything our printer writes that another YAML writer might write otherwise. */
function tree(tag: string, replicas: number): string {
  const policy = { namespace, name: "web" };
  const marked = (field: "tag" | "name" | undefined, value: string): unknown =>
    imagePolicyMarker(field === undefined ? policy : { ...policy, field }, value);
  const containers = [
    { name: "web", image: marked(undefined, `${registry.host}/acme/web:${tag}`), args: ["--a=b"] },
  ];
  const values = {
    image: { repository: marked("name", `${registry.host}/acme/web`), tag: marked("tag", tag) },
  };
  return printYaml([
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace, annotations: { note: "a: b # c", "x/y": "\u00a0é" } },
      spec: { replicas, template: { spec: { containers, tolerations: [] } } },
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "web" },
      data: {
        lines: "one\n  two\n\nthree\n",
        long: `${"word ".repeat(60)}end`,
        yes: "yes",
        number: "010",
        odd: "$imagepolicy \t'\"\\",
      },
    },
    {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata: { name: "web" },
      spec: { values },
    },
  ]);
}

async function up(tag: string, replicas: number): Promise<Publication> {
  const { ca, writer } = lab.git;
  const remote: Remote = {
    url: lab.git.url("web"),
    branch: "main",
    cacheDirectory: cache,
    credentials: { username: writer.username, token: writer.token, ca },
  };
  const files = [{ path: "deploy/web.yaml", text: tree(tag, replicas) }];
  return await publish(remote, "acme", { owner: "acme", renderer: "test 1", files });
}

async function textAtHead(): Promise<string> {
  return (await lab.git.read("web", "main")).get("deploy/web.yaml") ?? "";
}

async function release(tag: string): Promise<void> {
  await registry.pushImage("acme/web", tag);
  await reconcile("ImageRepository");
  await eventually(`the commit of ${tag}`, async () =>
    (await textAtHead()).includes(`acme/web:${tag}`),
  );
}

test("image automation and `up` write one file in turn, and neither undoes the other", async () => {
  await lab.git.createRepository("web");
  await registry.pushImage("acme/web", "1.0.0");
  await registry.pushImage("acme/web", "2.0.0-rc.1");
  await up("1.0.0", 1);
  await declareAutomation();
  const commits: string[] = [];
  for (const [round, tag] of ["1.1.0", "1.2.0", "1.10.0"].entries()) {
    await release(tag);
    const bot = (await lab.git.log("web", "main"))[0];
    assert.ok(bot);
    assert.equal(bot.author.startsWith("bot"), true, bot.author);
    assert.match(bot.message, new RegExp(`-> ${tag.replaceAll(".", "\\.")}`, "u"));
    assert.equal((await up("1.0.0", 1 + round)).change.isEmpty, true, tag);
    const { change } = await up("1.0.0", 2 + round);
    assert.deepEqual(change.changed, [".flux-fleet/acme.json", "deploy/web.yaml"]);
    assert.equal(await textAtHead(), tree(tag, 2 + round));
    assert.equal((await up("1.0.0", 2 + round)).change.isEmpty, true);
    commits.push(bot.commit);
  }
  assert.equal(new Set(commits).size, 3);
});

test("a declaration that changes wins until image automation chooses again", async () => {
  await up("1.2.0", 4);
  assert.ok((await textAtHead()).includes("acme/web:1.2.0"));
  await reconcile("ImageUpdateAutomation");
  await eventually("the policy's choice again", async () =>
    (await textAtHead()).includes("acme/web:1.10.0"),
  );
  assert.equal((await up("1.2.0", 4)).change.isEmpty, true);
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

  await installSourceWatcher(cluster);
  await eventually("source-watcher Available", () => isAvailable(cluster, "source-watcher"));
  await apply("source.extensions.fluxcd.io/v1beta1", "ArtifactGenerator", "shop", {
    spec: {
      sources: [{ alias: "shop", kind: "OCIRepository", name: "shop" }],
      artifacts: [{ name: "shop-one", copy: [{ from: "@shop/one/**", to: "@artifact/" }] }],
    },
  });
  assert.match(await artifactOf(source, "ExternalArtifact", "shop-one"), /^latest@sha256:/u);
});

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  clusterClient,
  fluxKinds,
  fluxSystem,
  installFlux,
  nudge,
  observeCluster,
  waitForFleet,
  watchFleet,
  type ClusterClient,
  type ExpectedKustomization,
  type FluxInstallation,
  type KubeObject,
  type WaitOptions,
} from "../../cluster/index.js";
import { installObjects } from "../../components/bootstrap/install.js";
import { loadInstallManifests } from "../../core.js";
import type { InstallManifests } from "../../core.js";
import { FleetError } from "../../errors.js";
import { attachLab, labVariable, startLab, type Lab, type LabCluster } from "../../lab/index.js";
import { installManifestPath, partVersion } from "../../lab/parts/index.js";
import { printYaml } from "../../manifests/index.js";
import { describeSources } from "./live-sources.js";

const repository = "cluster-flux";
const writer = { fieldManager: "test", force: true } as const;
const at = "clusters/test";
const controllers = [
  ...["kustomize-controller", "notification-controller", "source-controller"],
  "source-watcher",
] as const;
const version = partVersion("flux");

let lab: Lab;
let cluster: LabCluster;
let client: ClusterClient;
let manifests: InstallManifests | undefined;
before(async () => {
  const file = installManifestPath(version);
  manifests = (await loadInstallManifests([version], { file })).get(version);
  lab = process.env[labVariable] === undefined ? await startLab({ clusters: 0 }) : attachLab();
  cluster = await lab.startCluster("cluster-flux");
  client = clusterClient(cluster.kubeconfig, { name: "eu" });
});
after(async () => {
  client.close();
  await cluster.remove();
  await lab.stop();
});

function kustomization(name: string, path: string, spec: object = {}): KubeObject {
  return {
    ...fluxKinds.Kustomization,
    metadata: { name, namespace: fluxSystem },
    spec: {
      interval: "10m",
      retryInterval: "2m",
      prune: true,
      path,
      sourceRef: { kind: "GitRepository", name: fluxSystem },
      ...spec,
    },
  };
}

function configMap(name: string, value: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: "default" },
    data: { value },
  };
}

/** What a renderer gives for this test's cluster. */
function installation(
  change: { image?: string; path?: string; branch?: string; secret?: string } = {},
): FluxInstallation {
  // Without the notification-controller, the two others would try 15 s to deliver every event.
  assert.ok(manifests);
  const install = installObjects(manifests, controllers).map((object) => {
    const tag = change.image;
    const text = JSON.stringify(object);
    return JSON.parse(
      tag === undefined ||
        object.metadata.name !== "source-controller" ||
        object.kind !== "Deployment"
        ? text
        : text.replace(/(source-controller:)v[0-9.]+/g, `$1${tag}`),
    ) as KubeObject;
  });
  const source: KubeObject = {
    ...fluxKinds.GitRepository,
    metadata: { name: fluxSystem, namespace: fluxSystem },
    spec: {
      interval: "10m",
      url: lab.git.url(repository),
      ref: { branch: change.branch ?? "main" },
      secretRef: { name: change.secret ?? fluxSystem },
    },
  };
  return { install, sync: { source, root: kustomization(fluxSystem, change.path ?? `./${at}`) } };
}

async function credentials(of: ClusterClient, name: string): Promise<void> {
  const { username, token } = lab.git.reader;
  const stringData = { username, password: token, "ca.crt": lab.git.ca };
  await of.apply(
    { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: fluxSystem }, stringData },
    writer,
  );
}

const expected = (...names: readonly string[]): readonly ExpectedKustomization[] =>
  [fluxSystem, ...names].map((name) => ({ namespace: fluxSystem, name }));

async function options(commit: string, more: Partial<WaitOptions> = {}): Promise<WaitOptions> {
  await nudge(client, "GitRepository", fluxSystem, fluxSystem);
  return { commit, isDescendant: () => Promise.resolve(false), timeoutMs: 110_000, ...more };
}

async function failure(work: Promise<unknown>): Promise<FleetError> {
  const error = await work.then(
    () => assert.fail("it did not fail"),
    (reason: unknown) => reason,
  );
  if (!FleetError.is(error)) throw error;
  return error;
}

/** A client that fails from its n-th write on, as if the process had been killed there. */
function killedAfter(writes: number): ClusterClient {
  let left = writes;
  const killed = (): Promise<never> => Promise.reject(new Error("killed"));
  return {
    ...clientMethods(client),
    apply: (object, how) => (left-- > 0 ? client.apply(object, how) : killed()),
    create: (object, how) => (left-- > 0 ? client.create(object, how) : killed()),
  };
}

function clientMethods(of: ClusterClient): ClusterClient {
  return {
    name: of.name,
    endpoint: () => of.endpoint(),
    version: (how) => of.version(how),
    serves: (kind, how) => of.serves(kind, how),
    get: (ref, how) => of.get(ref, how),
    list: (kind, how) => of.list(kind, how),
    apply: (object, how) => of.apply(object, how),
    create: (object, how) => of.create(object, how),
    patch: (ref, patch, how) => of.patch(ref, patch, how),
    delete: (ref, how) => of.delete(ref, how),
    close: () => undefined,
  };
}

const push = (files: Readonly<Record<string, string | null>>): Promise<string> =>
  lab.git.commit(repository, "main", files);
const file = (...objects: readonly KubeObject[]): string => printYaml(objects);

describe("the first installation of Flux", () => {
  let commit = "";
  it("names a controller whose image cannot be pulled, early, and leaves no root", async () => {
    await lab.git.createRepository(repository);
    commit = await push({ [`${at}/one.yaml`]: file(configMap("one", "1")) });
    const start = Date.now();
    const error = await failure(
      installFlux(client, installation({ image: "v0.0.0-none" }), {
        graceMs: 2_000,
        timeoutMs: 120_000,
      }),
    );
    assert.ok(Date.now() - start < 100_000);
    assert.equal(error.code, "FLUX_NOT_AVAILABLE");
    assert.match(error.message, /Deployment flux-system\/source-controller: .*v0\.0\.0-none/);
    const observed = await observeCluster(client);
    assert.ok(observed.reachable && observed.root === undefined);
  });

  it("can be killed after any write and goes on where it was", async (context) => {
    await credentials(client, fluxSystem);
    const writes = installation().install.length + 2;
    // The last one is just before the root.
    for (const kill of [0, 1, 5, Math.floor(writes / 2), writes - 4, writes - 1]) {
      await assert.rejects(installFlux(killedAfter(kill), installation()), /killed/);
    }
    const start = Date.now();
    const lines: string[] = [];
    const done = await installFlux(client, installation(), {
      onProgress: (line) => lines.push(line),
    });
    context.diagnostic(`${String(Date.now() - start)} ms: ${lines.join("; ")}`);
    assert.equal(done, "installed");
    const report = await waitForFleet(
      [{ name: "eu", client, kustomizations: expected() }],
      await options(commit),
    );
    assert.ok(report.clusters[0]?.reached);
    const live = await client.get({
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: "default",
      name: "one",
    });
    assert.deepEqual(live?.data, { value: "1" });
  });

  it("does nothing once the root has applied something", async () => {
    const versions = async (): Promise<readonly unknown[]> => {
      const [deployments, roots] = await Promise.all([
        client.list({ apiVersion: "apps/v1", kind: "Deployment" }, { namespace: fluxSystem }),
        client.list(fluxKinds.Kustomization),
      ]);
      return [...deployments, ...roots].map(({ metadata }) => [metadata.name, metadata.generation]);
    };
    const before = await versions();
    const changed = installation({ image: "v0.0.0-none", secret: "other" });
    assert.equal(await installFlux(client, changed), "present");
    assert.deepEqual(await versions(), before);
  });

  it("refuses a cluster that is driven from elsewhere, naming every difference", async () => {
    const error = await failure(installFlux(client, installation({ path: "./other" })));
    assert.equal(error.code, "FLUX_ROOT_ELSEWHERE");
    assert.match(error.message, /path is "\.\/clusters\/test" instead of "\.\/other"/);
    const other = installation({ branch: "next" });
    assert.equal((await failure(installFlux(client, other))).code, "FLUX_ROOT_ELSEWHERE");
  });

  it("is seen by an observation: root, controllers and what they run", async () => {
    const observed = await observeCluster(client);
    assert.ok(observed.reachable);
    assert.equal(observed.uid, await cluster.uid());
    assert.equal(observed.root?.lastAppliedRevision, `main@sha1:${commit}`);
    assert.equal(observed.root.url, lab.git.url(repository));
    assert.deepEqual(
      observed.controllers.map(({ name, available }) => [name, available]),
      controllers.map((name) => [name, true]),
    );
    assert.deepEqual(
      observed.kustomizations.map(({ name, ready, appliedCommit }) => [name, ready, appliedCommit]),
      [[fluxSystem, true, commit]],
    );
  });
});

describe("waiting for real controllers", () => {
  it("sees a pushed commit applied, soon after a nudge", async (context) => {
    const commit = await push({
      [`${at}/apps.yaml`]: file(kustomization("apps", "./apps")),
      "apps/two.yaml": file(configMap("two", "1")),
    });
    const start = Date.now();
    const clusters = [{ name: "eu", client, kustomizations: expected("apps") }];
    await waitForFleet(clusters, await options(commit));
    // In time is what comes before the next interval, 10 minutes away.
    context.diagnostic(`${String(Date.now() - start)} ms`);
  });

  it("fails early when a path is missing in the commit, and names what depends on it", async (context) => {
    const commit = await push({
      [`${at}/broken.yaml`]: file(
        kustomization("broken", "./nope"),
        kustomization("after", "./apps", { dependsOn: [{ name: "broken" }] }),
      ),
    });
    const start = Date.now();
    const clusters = [{ name: "eu", client, kustomizations: expected("apps", "broken", "after") }];
    const error = await failure(waitForFleet(clusters, await options(commit)));
    context.diagnostic(`${String(Date.now() - start)} ms`);
    assert.ok(Date.now() - start < 100_000);
    assert.deepEqual(
      error.findings.map(({ code, path }) => [code, path]),
      [["WAIT_FAILED", 'Cluster "eu": Kustomization flux-system/broken']],
    );
    assert.match(error.message, /kustomization path not found.*holds back flux-system\/after/);
  });

  it("lets a kind that is missing at first pass once it is there, without waiting for the interval", async () => {
    const widget = {
      apiVersion: "test.example.com/v1",
      kind: "Widget",
      metadata: { name: "w", namespace: "default" },
    };
    const commit = await push({
      [`${at}/broken.yaml`]: null,
      [`${at}/widgets.yaml`]: file(kustomization("widgets", "./widgets")),
      "widgets/widget.yaml": file(widget),
    });
    const clusters = [{ name: "eu", client, kustomizations: expected("apps", "widgets") }];
    const seen: string[] = [];
    let defining: Promise<unknown> | undefined;
    const waiting = waitForFleet(
      clusters,
      await options(commit, {
        onProgress: (_, line) => {
          seen.push(line);
          if (line.includes("no matches for kind"))
            defining ??= client.apply(widgetDefinition, writer);
        },
      }),
    );
    await waiting;
    await defining;
    assert.ok(
      seen.some((line) => line.includes("no matches for kind")),
      seen.join("\n"),
    );
  });

  it("reports a suspended Kustomization with what depends on it, and does not wait", async () => {
    await client.patch(
      { ...fluxKinds.Kustomization, namespace: fluxSystem, name: "apps" },
      { spec: { suspend: true } },
      writer,
    );
    const commit = await push({
      [`${at}/late.yaml`]: file(kustomization("late", "./apps", { dependsOn: [{ name: "apps" }] })),
      "apps/two.yaml": file(configMap("two", "2")),
    });
    const clusters = [{ name: "eu", client, kustomizations: expected("apps", "widgets", "late") }];
    const report = await waitForFleet(clusters, await options(commit));
    const states = report.clusters[0]?.objects.map(({ object, state }) => [object, state.kind]);
    assert.deepEqual(states, [
      ["GitRepository flux-system/flux-system", "current"],
      ["Kustomization flux-system/flux-system", "current"],
      ["Kustomization flux-system/apps", "suspended"],
      ["Kustomization flux-system/widgets", "current"],
      ["Kustomization flux-system/late", "held"],
    ]);
  });

  it("sees a Kustomization leave, with what it had applied", async () => {
    const commit = await push({ [`${at}/widgets.yaml`]: null });
    const ref = { ...fluxKinds.Kustomization, namespace: fluxSystem, name: "widgets" };
    const clusters = [{ name: "eu", client, kustomizations: expected(), absent: [ref] }];
    await waitForFleet(clusters, await options(commit));
    assert.equal(await client.get(ref), undefined);
    assert.equal(
      await client.get({
        apiVersion: "test.example.com/v1",
        kind: "Widget",
        namespace: "default",
        name: "w",
      }),
      undefined,
    );
  });

  it("names a source whose Secret is missing as the one cause", async (context) => {
    const ref = { ...fluxKinds.GitRepository, namespace: fluxSystem, name: fluxSystem };
    await client.patch(ref, { spec: { secretRef: { name: "missing" } } }, writer);
    const commit = await push({ "apps/three.yaml": file(configMap("three", "3")) });
    const start = Date.now();
    const clusters = [{ name: "eu", client, kustomizations: expected() }];
    const report = await watchFleet(clusters, await options(commit));
    context.diagnostic(`${String(Date.now() - start)} ms`);
    assert.deepEqual(
      report.findings.map(({ code }) => code),
      ["WAIT_SOURCE_FAILED"],
    );
    assert.match(report.findings[0]?.problem ?? "", /AuthenticationFailed: .*"missing" not found/);
    await client.patch(ref, { spec: { secretRef: { name: fluxSystem } } }, writer);
  });
});

describeSources({
  ...{ at, repository, push, expected, options, kustomization },
  lab: () => lab,
  client: () => client,
});

const widgetDefinition: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.test.example.com" },
  spec: {
    group: "test.example.com",
    scope: "Namespaced",
    names: { plural: "widgets", kind: "Widget" },
    versions: [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
    ],
  },
};

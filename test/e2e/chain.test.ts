/** Order and health on two clusters: what a failure holds back, and what `up` says of it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { expressionFindings, healthRule, readyRule } from "../../graph/values/expressions.js";
import { helmRelease, layer, ociRepository } from "../../index.js";
import type { LayerPart } from "../../index.js";
import type { ApiList, Lab, LabCluster } from "../../lab/index.js";
import { startRegistry } from "../../lab/registry.js";
import type { LabRegistry } from "../../lab/registry.js";
import type { KubernetesObject } from "../../manifests/index.js";
import {
  healthExpressions,
  knownGaps,
  readyExpressions,
  refusedExpressions,
  refusedHealthExpressions,
} from "../fixtures/expressions.js";
import { failure } from "../support/engine.js";
import { labCluster, labFleet, openLab } from "./support/lab-fleet.js";
import type { LabFleet } from "./support/lab-fleet.js";
import { assertAt, condition, find, pathOf, read, until } from "./support/live.js";
import type { LiveObject } from "./support/live.js";
import { hurried } from "./support/waiting-chain.js";

let lab: Lab;
let registry: LabRegistry;
let clusters: readonly LabCluster[];
let fleet: LabFleet;

const behind = ["ConfigMap chain/of-apps", "ConfigMap chain/of-ingress"] as const;

/** A Deployment; with an account that is not there its pods cannot be made. */
function controller(serviceAccountName = "default"): KubernetesObject {
  const labels = { app: "controller" };
  const containers = [{ name: "controller", image: "registry.example.com/controller:1" }];
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "controller", namespace: "chain" },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers, serviceAccountName },
      },
    },
  };
}

function note(name: string): KubernetesObject {
  const metadata = { name: `of-${name}`, namespace: "chain" };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data: { layer: name } };
}

/** The chain of this file; a failed upgrade is rolled back at once. */
function layers(chart: string, account?: string): readonly LayerPart[] {
  const source = ociRepository("web", {
    url: `oci://${registry.host}/charts/web`,
    ref: { tag: chart },
    insecure: true,
  });
  const web = helmRelease("web", {
    chart: { source },
    targetNamespace: "chain",
    releaseName: "web",
    upgrade: { remediation: { retries: 0, remediateLastFailure: true, strategy: "rollback" } },
  });
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "chain" } };
  const common = { clusters: "all", retryInterval: "10s" } as const;
  const infrastructure = layer("infrastructure", {
    ...common,
    base: { objects: [namespace, controller(account)], sources: [source], releases: [web] },
    timeout: "30s",
  });
  const apps = layer("apps", {
    ...{ ...common, base: { objects: [note("apps")] }, dependsOn: [infrastructure] },
  });
  const isApps = "dep.metadata.name == 'apps'";
  const ingress = layer("ingress", {
    ...{ ...common, base: { objects: [note("ingress")] } },
    dependsOn: [apps, { on: apps, readyExpr: isApps }],
  });
  const hasNamespace =
    "dep.status.?inventory.entries.orValue([]).exists(e, e.id == '_chain__Namespace')";
  const notes = layer("notes", {
    ...{ ...common, base: { objects: [note("notes")] } },
    dependsOn: [{ on: infrastructure, readyExpr: hasNamespace }],
  });
  return [infrastructure, apps, ingress, notes];
}

const template = (version: string, port: string): string => `apiVersion: v1
kind: Service
metadata: { name: web, labels: { chart: "${version}" } }
spec: { selector: { app: web }, ports: [{ port: ${port} }] }
`;

before(async () => {
  lab = await openLab();
  [registry, ...clusters] = await Promise.all([
    startRegistry(),
    lab.startCluster("chain-1"),
    lab.startCluster("chain-2"),
  ] as const);
  for (const [version, port] of Object.entries({ "1.0.0": "80", "1.1.0": "0", "1.1.1": "81" })) {
    await registry.pushChart("charts/web", {
      version,
      files: { "templates/service.yaml": template(version, port) },
    });
  }
  const [source, kustomize, helm] = ["source", "kustomize", "helm"] as const;
  fleet = await labFleet(lab, "fleet-chain", {
    clusters: clusters.map((one) => labCluster(one)),
    flux: {
      version: "2.9.4",
      components: [`${source}-controller`, `${kustomize}-controller`, `${helm}-controller`],
    },
    layers: layers("1.0.0", "absent"),
    wait: { timeout: "3m" },
  });
});
after(async () => {
  fleet.stack.dispose();
  await Promise.all([...clusters.map(async (one) => one.remove()), registry.close()]);
  await lab.stop();
});

/** Runs `up`, which must fail, and gives what it says of each cluster. */
async function refusal(): Promise<readonly string[]> {
  const { problems } = await hurried(clusters, () => failure(fleet.stack.up()));
  const findings = problems.split(/(?=Cluster ")/);
  return clusters.map(({ name }) =>
    findings.filter((finding) => finding.startsWith(`Cluster "${name}"`)).join("\n"),
  );
}

describe("a chain of layers on two clusters", () => {
  it("halts behind a failed check of health, and up says on each cluster what failed, why, and what waits", async () => {
    for (const said of await refusal()) {
      assert.match(said, /Kustomization flux-system\/infrastructure: HealthCheckFailed/);
      assert.match(said, /Deployment chain\/controller: .*serviceaccount "absent" not found/);
      assert.match(said, /it holds back flux-system\/apps, flux-system\/ingress\b/);
      assert.doesNotMatch(said, /HelmRelease|notes/);
    }
    for (const cluster of clusters) {
      for (const object of behind) assert.equal(await find(cluster, object), undefined, object);
    }
  });

  it("goes on before where the condition of a dependency says so", async () => {
    for (const cluster of clusters) await read(cluster, "ConfigMap chain/of-notes");
  });

  it("finishes once the first is mended", async () => {
    fleet.declare({ layers: layers("1.0.0") });
    const commit = await hurried(clusters, () => fleet.up());
    for (const cluster of clusters) {
      const chain = ["infrastructure", "apps", "ingress", "notes"];
      await assertAt(cluster, commit, ...chain.map((name) => `flux-system/${name}`));
      for (const object of behind) await read(cluster, object);
    }
  });
});

describe("a Helm upgrade that fails", () => {
  const running = async (cluster: LabCluster): Promise<string | undefined> => {
    const { metadata } = await read(cluster, "Service chain/web");
    return metadata.labels?.["chart"];
  };

  it("is rolled back as declared, and up names the release with both", async () => {
    fleet.declare({ layers: layers("1.1.0") });
    for (const said of await refusal()) {
      assert.match(said, /Kustomization flux-system\/infrastructure: HealthCheckFailed/);
      assert.match(said, /HelmRelease flux-system\/web: .*Helm rollback to previous release/);
      assert.match(said, /Helm upgrade failed|Failed to upgrade/);
      assert.match(said, /it holds back flux-system\/apps/);
    }
    for (const cluster of clusters) {
      assert.equal(await running(cluster), "1.0.0");
      const release = await read(cluster, "HelmRelease flux-system/web");
      assert.equal(condition(release, "Remediated")?.reason, "RollbackSucceeded");
    }
  });

  it("is over with a chart that installs", async () => {
    fleet.declare({ layers: layers("1.1.1") });
    await hurried(clusters, () => fleet.up());
    for (const cluster of clusters) assert.equal(await running(cluster), "1.1.1");
  });
});

describe("expressions", () => {
  const path = pathOf("Kustomization flux-system/x").replace(/\/x$/, "");

  /** A Kustomization that is never applied, because it also waits for one which is nowhere. */
  function waiting(name: string, spec: object): object {
    const { dependsOn = [], ...more } = spec as { readonly dependsOn?: readonly object[] };
    return {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name, namespace: "flux-system" },
      spec: {
        ...{ interval: "1h", path: "./apps", prune: false, ...more },
        dependsOn: [...dependsOn, { name: "nowhere" }],
        sourceRef: { kind: "GitRepository", name: "flux-system" },
      },
    };
  }

  /** Why Flux does not apply each of these Kustomizations. */
  async function reasons(
    { api }: LabCluster,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    return until("every expression is judged", async () => {
      const { items } = await api.get<ApiList<LiveObject>>(path);
      const said = items.flatMap((one): readonly (readonly [string, string])[] => {
        const ready = condition(one, "Ready");
        return ready?.status === "False" ? [[one.metadata.name, ready.reason ?? ""]] : [];
      });
      const found = new Map(said);
      return names.every((name) => found.has(name)) && found;
    });
  }

  it("are refused here exactly when kustomize-controller stalls on them, but for the known gaps", async () => {
    const [cluster] = clusters;
    assert.ok(cluster);
    const all = [
      ...[...readyExpressions, ...refusedExpressions].map((text, index) => ({
        ...{ text, name: `ready-${String(index)}`, rule: readyRule },
        spec: { dependsOn: [{ name: "infrastructure", readyExpr: text }] },
        isRefused: refusedExpressions.includes(text),
      })),
      ...[...healthExpressions, ...refusedHealthExpressions].map((text, index) => ({
        ...{ text, name: `health-${String(index)}`, rule: healthRule },
        spec: { wait: true, healthCheckExprs: [{ apiVersion: "a/v1", kind: "B", current: text }] },
        isRefused: refusedHealthExpressions.includes(text),
      })),
    ];
    await Promise.all(all.map(({ name, spec }) => cluster.api.create(path, waiting(name, spec))));
    const said = await reasons(
      cluster,
      all.map(({ name }) => name),
    );
    const judged = all.map(({ text, name, rule, isRefused }) => {
      const reason = said.get(name);
      const byFlux = reason === "InvalidCELExpression";
      assert.ok(byFlux || reason === "DependencyNotReady", `${text}: ${String(reason)}`);
      const isOurs = expressionFindings(text, rule, "").length > 0;
      return { text, byFlux, isRefused, isOurs };
    });
    const unexpected = judged.filter(({ byFlux, isRefused }) => byFlux !== isRefused);
    assert.deepEqual(
      unexpected.map(({ text }) => text),
      [],
    );
    const gaps = judged.filter(({ byFlux, isOurs }) => byFlux !== isOurs);
    assert.deepEqual(
      gaps.map(({ text }) => text),
      Object.keys(knownGaps),
    );
  });
});

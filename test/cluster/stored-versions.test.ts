import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { clusterClient, liveFlux, observeCluster } from "../../cluster/index.js";
import type { KubeObject } from "../../cluster/index.js";
import type { ObservedCluster } from "../../components/fleet/wiring/fleet-observation.js";
import { observeUpgrades } from "../../components/fleet/wiring/upgrade-observation.js";
import type { FleetDeclaration, FleetRecord, InstallManifests } from "../../core.js";
import { FleetError, loadInstallManifests, renderFleet } from "../../core.js";
import { installManifestPath, partVersion } from "../../lab/parts/index.js";
import { fleetCheckout, runCommand } from "../cli/fleet-checkout.js";
import { someCluster, someFleet } from "../fixtures/fleets.js";
import { kubeconfigOf, reader } from "./access.js";
import { startApiServer, type ApiServer } from "./api-server.js";

const definitionKind = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
} as const;
const name = "imagepolicies.image.toolkit.fluxcd.io";
const write = { fieldManager: "test", force: true };

interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
}

const version = partVersion("flux");

let api: ApiServer;
let installManifests: ReadonlyMap<string, InstallManifests>;
/** The definition of ImagePolicy as the newest Flux has it: with version v1 alone. */
let newest: KubeObject;

/** The same definition as an older Flux of this version had it, stored in one of two versions. */
function older(stored: "v1" | "v1beta2", flux: string): KubeObject {
  const spec = newest["spec"] as { readonly versions: readonly Version[] };
  const [v1] = spec.versions;
  const versions = ["v1", "v1beta2"].map((version) => {
    return { ...v1, name: version, served: true, storage: version === stored };
  });
  const labels = { ...newest.metadata.labels, "app.kubernetes.io/version": `v${flux}` };
  return { ...newest, metadata: { ...newest.metadata, labels }, spec: { ...spec, versions } };
}

before(async () => {
  api = await startApiServer();
  installManifests = await loadInstallManifests([version], {
    file: installManifestPath(version),
  });
  const manifests = installManifests.get(version);
  const objects = Object.values(manifests?.components ?? {}).flatMap((one) => one.objects);
  const found = objects.find(
    ({ kind, metadata }) => kind === definitionKind.kind && metadata.name === name,
  );
  assert.ok(found);
  newest = found;
});
after(() => api.stop());

const fleet = (more: Partial<FleetDeclaration> = {}): FleetDeclaration =>
  someFleet({
    flux: {
      version,
      components: [
        "source-controller",
        "kustomize-controller",
        "image-reflector-controller",
        "image-automation-controller",
      ],
    },
    ...more,
  });

function recordOf(versions: Readonly<Record<string, string>>): FleetRecord {
  const clusters = Object.entries(versions).map(
    ([cluster, fluxVersion]) =>
      [cluster, { path: `clusters/production/${cluster}`, fluxVersion }] as const,
  );
  return { clusters: Object.fromEntries(clusters), layers: {}, tenants: {} };
}

async function look(
  versions: Readonly<Record<string, string>>,
  observed: ReadonlyMap<string, ObservedCluster>,
  more: Partial<FleetDeclaration> = {},
): Promise<readonly string[]> {
  const clusters = Object.keys(versions).map((cluster) => someCluster(cluster));
  const declaration = fleet({ clusters, ...more });
  const rendered = renderFleet("acme", declaration, { installManifests });
  const record = recordOf(versions);
  const findings = await observeUpgrades({
    clusters: rendered.clusters,
    declaration,
    record,
    observed,
  });
  return findings.map(({ code, path, problem, severity }) =>
    [severity ?? "error", code, path, problem].join(" | "),
  );
}

describe("an upgrade of Flux on a cluster that answers", () => {
  const observe = async (): Promise<ReadonlyMap<string, ObservedCluster>> =>
    new Map([["eu", { client: api.client, seen: await observeCluster(api.client) }]]);

  it("has nothing to say where Flux is not installed", async () => {
    assert.deepEqual(await liveFlux(api.client), { definitions: [], running: undefined });
    assert.deepEqual(await look({ eu: "2.8.8" }, await observe()), []);
  });

  it("is refused for exactly the stored versions that the API server refuses, until they are migrated", async () => {
    await api.client.apply(older("v1beta2", "2.8.8"), write);
    assert.deepEqual(await liveFlux(api.client), {
      definitions: [{ name, versions: ["v1beta2"] }],
      running: "2.8.8",
    });
    assert.deepEqual(await look({ eu: "2.8.8" }, await observe()), [
      `error | FLUX_STORED_VERSION | Cluster "eu": flux.version | Its API server would refuse definitions of Flux 2.9.4, which lack versions that objects may be stored in: ${name} (v1beta2).`,
    ]);
    await assert.rejects(api.client.apply(newest, write), (error: unknown) => {
      assert.ok(FleetError.is(error));
      assert.match(error.message, /storedVersions.*v1beta2/);
      return true;
    });

    await api.client.apply(older("v1", "2.8.8"), write);
    const { definitions } = await liveFlux(api.client);
    assert.deepEqual(
      definitions[0]?.versions,
      ["v1beta2", "v1"],
      "both may be stored before a migration",
    );
    assert.equal((await look({ eu: "2.8.8" }, await observe())).length, 1);

    // What `flux migrate` does at its end.
    await api.client.patch(
      { ...definitionKind, name },
      { status: { storedVersions: ["v1"] } },
      { ...write, subresource: "status" },
    );
    assert.deepEqual(await look({ eu: "2.8.8" }, await observe()), []);
    await api.client.apply(newest, write);
  });

  it("is judged by what the cluster runs when that is not what the repository says", async () => {
    await api.client.apply(older("v1", "2.7.5"), write);
    assert.deepEqual(await look({ eu: "2.8.8" }, await observe()), [
      'error | FLUX_SKIPPED_MINOR | Cluster "eu": flux.version | Cluster "eu" would go from Flux 2.7.5 to 2.9.4 without having run what is between.',
    ]);
    const flux = { ...fleet().flux, versionJump: { reason: "a lab" } };
    const [allowed] = await look({ eu: "2.8.8" }, await observe(), { flux });
    assert.match(allowed ?? "", /^warning \| FLUX_SKIPPED_MINOR/);
  });

  it("asks nothing when the version stays", async () => {
    const client = { ...api.client, list: () => assert.fail("asked") };
    const seen = await observeCluster(api.client);
    assert.deepEqual(await look({ eu: "2.9.4" }, new Map([["eu", { client, seen }]])), []);
  });
});

describe("an upgrade of Flux on a cluster that does not answer", () => {
  it("is a warning with the reason, for a minor version only", async () => {
    const gone = clusterClient("", { name: "away" });
    const token = await (await reader(api, "reads-flux-only"))("closed-token");
    const kubeconfig = kubeconfigOf({ server: api.server, ca: api.ca, user: { token } });
    const forbidden = clusterClient(kubeconfig, { name: "closed" });
    const observed = new Map<string, ObservedCluster>([
      ["away", { client: gone, seen: await observeCluster(gone) }],
      ["closed", { client: forbidden, seen: await observeCluster(api.client) }],
    ]);
    const versions = { away: "2.8.8", closed: "2.8.8", private: "2.8.8", patched: "2.9.3" };
    const findings = await look(versions, observed);
    const start = (cluster: string): string =>
      `warning | FLUX_UPGRADE_UNCHECKED | flux.version | Whether stored versions allow the step to Flux 2.9.4 was not checked on "${cluster}": `;
    const of = (cluster: string): string =>
      findings.find((finding) => finding.startsWith(start(cluster))) ?? "";
    assert.equal(findings.length, 3);
    assert.match(of("away"), /: it is out of reach\.$/);
    assert.match(of("closed"), /customresourcedefinitions/);
    assert.match(of("private"), /: it has no kubeconfig here\.$/);
    forbidden.close();
  });
});

describe("rehearse with a kubeconfig", () => {
  it("asks the cluster, and finds what its repository cannot know", async () => {
    await api.client.apply(older("v1beta2", "2.8.8"), write);
    const checkout = fleetCheckout("2.8.8");
    try {
      checkout.write({ "kubeconfig.yaml": api.kubeconfig });
      const { code, stdout } = await runCommand(
        ["rehearse", "--flux", version, "--ring", "canary", "--kubeconfig", "kubeconfig.yaml"],
        checkout.directory,
      );
      assert.equal(code, 1, stdout);
      assert.match(stdout, /imagepolicies\.image\.toolkit\.fluxcd\.io \(v1beta2\)/);
      assert.match(stdout, /\[FLUX_STORED_VERSION\]/);
      assert.doesNotMatch(stdout, /FLUX_UPGRADE_UNCHECKED|FLUX_SKIPPED_MINOR/);
    } finally {
      checkout.remove();
    }
  });

  it("ends with 2 when the cluster does not let itself be asked", async () => {
    const checkout = fleetCheckout("2.8.8");
    const user = { token: "nobody" };
    checkout.write({ "k.yaml": kubeconfigOf({ server: api.server, ca: api.ca, user }) });
    try {
      const { code, stderr } = await runCommand(
        ["rehearse", "--flux", version, "--kubeconfig", "eu-west-1=k.yaml"],
        checkout.directory,
      );
      assert.equal(code, 2);
      assert.match(stderr, /^Cluster "eu-west-1": .*CLUSTER_UNAUTHORIZED/);
    } finally {
      checkout.remove();
    }
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import type { RenderedCluster, RenderedFleet } from "../../core.js";
import {
  gitSource,
  layer,
  opaqueSecret,
  renderFleet,
  secretValues,
  unknownValue,
} from "../../core.js";
import { identities } from "../fixtures/age-identities.js";
import {
  fleetContext,
  recipients,
  someCluster,
  someFleet,
  someTenant,
  wholeFleet,
} from "../fixtures/fleets.js";

/** The first eight digits are of the SHA-256 of the first recipient. */
const ageEntry = "eu-west-1-23715843.agekey";

function clusterOf(fleet: RenderedFleet, name: string): RenderedCluster {
  const found = fleet.clusters.find((cluster) => cluster.name === name);
  assert.ok(found, `no cluster ${name}`);
  return found;
}

function textOf(fleet: RenderedFleet, path: string): string {
  const file = fleet.files.find((candidate) => candidate.path === path);
  assert.ok(file, `no file ${path}`);
  return file.text;
}

describe("renderFleet", () => {
  it("renders exactly the tree of a cluster without layers and tenants", () => {
    const { files, warnings } = renderFleet("acme", someFleet(), fleetContext());
    assert.deepEqual(
      files.map(({ path }) => path),
      [
        "clusters/production/eu/flux-system/gotk-components.yaml",
        "clusters/production/eu/flux-system/gotk-sync.yaml",
        "clusters/production/eu/flux-system/kustomization.yaml",
        "clusters/production/eu/kustomization.yaml",
      ],
    );
    assert.deepEqual(warnings, []);
  });

  it("says what to wait for, root first, and that only the tenant's own may be not Ready", () => {
    const fleet = renderFleet("acme", wholeFleet(), fleetContext());
    assert.deepEqual(
      clusterOf(fleet, "eu-west-1").kustomizations.map(
        ({ namespace, name, source, waitFor }) =>
          `${namespace}/${name} ${source} ${String(waitFor)}`,
      ),
      [
        "flux-system/flux-system fleet true",
        "flux-system/infrastructure fleet true",
        "flux-system/payments fleet true",
        "payments/payments tenant true",
        "flux-system/search fleet true",
        "search-engine/search tenant false",
      ],
    );
  });

  it("plans the Secrets of a cluster and takes their values from the declaration", () => {
    const fleet = {
      ...wholeFleet(),
      clusters: [
        someCluster("eu-west-1", {
          age: { recipient: recipients[0], identity: identities[0] },
        }),
        someCluster("eu-central-1"),
      ],
      flux: { version: "2.9.4" },
    };
    const { secrets } = clusterOf(renderFleet("acme", fleet, fleetContext()), "eu-west-1");
    assert.deepEqual(
      secrets.map((secret) => ({
        name: `${secret.namespace}/${secret.name}`,
        keys: secret.keys,
        labels: secret.labels,
        values: secretValues(secret, fleet),
      })),
      [
        {
          name: "flux-system/flux-system",
          keys: ["password", "username"],
          labels: {},
          values: { password: "read-token", username: "git" },
        },
        {
          name: "flux-system/sops-age",
          keys: [ageEntry],
          labels: { "reconcile.fluxcd.io/watch": "Enabled" },
          values: { [ageEntry]: identities[0] },
        },
        {
          name: "payments/payments-source",
          keys: ["password", "username"],
          labels: { "toolkit.fluxcd.io/tenant": "payments" },
          values: { password: "source-token", username: "git" },
        },
      ],
    );
  });

  it("writes no secret of the declaration into any file, object or record", () => {
    const base = wholeFleet();
    const fleet = {
      ...base,
      clusters: base.clusters.map((part) =>
        part.name === "eu-west-1"
          ? someCluster(part.name, {
              ring: "canary",
              kubeconfig: "kubeconfig-canary",
              age: { recipient: recipients[0], identity: identities[0] },
            })
          : part,
      ),
    };
    const rendered = JSON.stringify(renderFleet("acme", fleet, fleetContext()));
    for (const secret of ["push-token", "read-token", "source-token", "kubeconfig-canary"]) {
      assert.ok(!rendered.includes(secret), secret);
    }
    assert.ok(!rendered.includes(identities[0]));
  });

  it("puts every object of the manifest list into the file that it names, and nothing else", () => {
    const fleet = renderFleet("acme", wholeFleet(), fleetContext());
    const listed = fleet.manifests.map(({ path, object }) => `${String(path)} ${object.kind}`);
    const printed = fleet.files
      .filter(({ path }) => path !== ".sops.yaml" && !path.endsWith("/kustomization.yaml"))
      .flatMap(({ path, text }) =>
        parseAllDocuments(text).map(
          (document) => `${path} ${String((document.toJS() as { kind: unknown }).kind)}`,
        ),
      );
    assert.deepEqual(listed.sort(), printed.sort());
  });

  it("gives each cluster the Flux version of its ring, or the default", () => {
    const fleet = renderFleet("acme", wholeFleet(), fleetContext());
    assert.deepEqual(
      fleet.clusters.map(({ name, ring, fluxVersion }) => [name, ring, fluxVersion]),
      [
        ["eu-central-1", "staging", "2.9.3"],
        ["eu-west-1", "canary", "2.9.4"],
      ],
    );
  });

  it("marks only the files that hold a value not known yet", () => {
    const base = someFleet({
      clusters: [someCluster("eu", { variables: { VPC: unknownValue } })],
      tenants: [
        someTenant("known"),
        someTenant("unknown", {
          source: gitSource({
            url: unknownValue,
            branch: "main",
            credentials: { token: unknownValue },
          }),
        }),
      ],
    });
    const { files } = renderFleet("acme", base, fleetContext());
    assert.deepEqual(
      files.filter(({ unknown }) => unknown === true).map(({ path }) => path),
      [
        "clusters/production/eu/flux-system/flux-runtime-info.yaml",
        "tenants/production/eu/unknown/sync.yaml",
      ],
    );
  });

  it("leaves lockdown out only where it is disabled with a reason", () => {
    const open = someCluster("open", { lockdown: { disabled: true, reason: "single team" } });
    const fleet = renderFleet(
      "acme",
      someFleet({ clusters: [open, someCluster("shut")] }),
      fleetContext(),
    );
    const kustomization = (cluster: string): string =>
      textOf(fleet, `clusters/production/${cluster}/flux-system/kustomization.yaml`);
    assert.doesNotMatch(kustomization("open"), /--no-|--default-|serviceAccountName/);
    assert.equal(kustomization("shut").match(/--no-cross-namespace-refs=true/g)?.length, 3);
    assert.equal(kustomization("shut").match(/--no-remote-bases=true/g)?.length, 1);
    assert.equal(kustomization("shut").match(/--default-service-account=default/g)?.length, 2);
    assert.match(
      kustomization("shut"),
      /\/spec\/serviceAccountName\n {6}value: kustomize-controller/,
    );
    assert.ok(!JSON.stringify(clusterOf(fleet, "open").install).includes("--no-"));
  });

  it("keeps Flux's Namespace and definitions when they leave Git, with and without lockdown", () => {
    const open = someCluster("open", { lockdown: { disabled: true, reason: "single team" } });
    const clusters = [open, someCluster("shut")];
    const fleet = renderFleet("acme", someFleet({ clusters }), fleetContext());
    for (const { name } of clusters) {
      const text = textOf(fleet, `clusters/production/${name}/flux-system/kustomization.yaml`);
      assert.equal(text.match(/toolkit\.fluxcd\.io\/prune: disabled/g)?.length, 2);
      const prunable = clusterOf(fleet, name)
        .install.filter(({ kind }) => kind === "Namespace" || kind === "CustomResourceDefinition")
        .filter(
          ({ metadata }) =>
            metadata.annotations?.["kustomize.toolkit.fluxcd.io/prune"] !== "disabled",
        );
      assert.deepEqual(prunable, []);
    }
  });

  it("installs at first what the patches will make of the committed files", () => {
    const fleet = renderFleet("acme", someFleet(), fleetContext());
    const { install, sync } = clusterOf(fleet, "eu");
    const args = (name: string): unknown => {
      const found = install.find(
        ({ kind, metadata }) => kind === "Deployment" && metadata.name === name,
      );
      const spec = found?.["spec"] as {
        template: { spec: { containers: { args: string[] }[] } };
      };
      return spec.template.spec.containers[0]?.args.slice(-3);
    };
    assert.deepEqual(args("kustomize-controller"), [
      "--no-cross-namespace-refs=true",
      "--no-remote-bases=true",
      "--default-service-account=default",
    ]);
    assert.deepEqual(args("source-controller"), [
      "--events-addr=http://notification-controller.$(RUNTIME_NAMESPACE).svc.cluster.local./",
      "--watch-all-namespaces=true",
      "--log-level=info",
    ]);
    assert.deepEqual(sync.root["spec"], {
      interval: "10m",
      path: "./clusters/production/eu",
      prune: true,
      serviceAccountName: "kustomize-controller",
      sourceRef: { kind: "GitRepository", name: "flux-system" },
    });
  });

  it("empties the events address when there is no notification-controller", () => {
    const fleet = renderFleet(
      "acme",
      someFleet({
        flux: { version: "2.9.4", components: ["kustomize-controller", "source-controller"] },
      }),
      fleetContext(),
    );
    const text = textOf(fleet, "clusters/production/eu/flux-system/gotk-components.yaml");
    assert.equal(text.match(/- "--events-addr="$/gm)?.length, 2);
    assert.ok(!text.includes("notification-controller"));
    assert.deepEqual(clusterOf(fleet, "eu").components, [
      "source-controller",
      "kustomize-controller",
    ]);
  });

  it("never waits at the root or for a tenant, and always for a layer", () => {
    const fleet = renderFleet("acme", wholeFleet(), fleetContext());
    const waiting = fleet.manifests
      .filter(({ object, cluster }) => object.kind === "Kustomization" && cluster === "eu-west-1")
      .map(({ object }) => [
        `${String(object.metadata.namespace)}/${object.metadata.name}`,
        (object["spec"] as { wait?: boolean }).wait ?? false,
      ]);
    assert.deepEqual(Object.fromEntries(waiting), {
      "flux-system/flux-system": false,
      "flux-system/infrastructure": true,
      "flux-system/payments": false,
      "flux-system/search": false,
      "payments/payments": true,
      "search-engine/search": true,
    });
  });

  it("names a ServiceAccount in every Kustomization, the tenant's own in its Namespace", () => {
    const fleet = renderFleet("acme", wholeFleet(), fleetContext());
    for (const { object } of fleet.manifests) {
      if (object.kind === "Kustomization") {
        const { serviceAccountName } = object["spec"] as { serviceAccountName?: string };
        const expected =
          object.metadata.namespace === "flux-system"
            ? "kustomize-controller"
            : object.metadata.name;
        assert.equal(serviceAccountName, expected);
      }
    }
  });

  it("lets a cluster decrypt only where something is encrypted, and its root nothing", () => {
    const { tenants = [], layers = [], ...plain } = wholeFleet();
    const secrets = [opaqueSecret("a", { key: "value" })];
    const declared = {
      ...plain,
      // A generated identity has to be installed by somebody.
      clusters: plain.clusters.map((part) => ({
        ...part,
        args: { ...part.args, kubeconfig: "kubeconfig" },
      })),
      tenants: tenants.map((part) => ({ ...part, args: { ...part.args, secrets } })).slice(0, 1),
      layers: layers.map((part) => ({ ...part, args: { ...part.args, decryption: {} } })),
    };
    const fleet = renderFleet("acme", declared, fleetContext());
    const decrypting = fleet.manifests
      .filter(({ object }) => JSON.stringify(object["spec"] ?? {}).includes('"decryption"'))
      .map(({ cluster, object }) => `${cluster} ${object.metadata.name}`);
    assert.deepEqual(decrypting.sort(), [
      "eu-central-1 infrastructure",
      "eu-west-1 infrastructure",
      "eu-west-1 payments",
    ]);
    const without = renderFleet("acme", wholeFleet(), fleetContext());
    assert.ok(!JSON.stringify(without.manifests).includes('"decryption":{"provider":"sops"'));
  });

  it("orders a workload after layers in flux-system and after tenants in their Namespaces", () => {
    const base = layer("base", { clusters: "all", directory: "./base" });
    const first = someTenant("first", { namespace: "one" });
    const second = someTenant("second", { dependsOn: [first, base] });
    const late = layer("late", { clusters: "all", directory: "./late", dependsOn: [second] });
    const fleet = renderFleet(
      "acme",
      someFleet({ layers: [late, base], tenants: [second, first] }),
      fleetContext(),
    );
    const dependsOn = (path: string, index: number): unknown =>
      (
        parseAllDocuments(textOf(fleet, path))[index]?.toJS() as {
          spec: { dependsOn: unknown };
        }
      ).spec.dependsOn;
    assert.deepEqual(dependsOn("tenants/production/eu/second/sync.yaml", 1), [
      { name: "base", namespace: "flux-system" },
      { name: "first", namespace: "one" },
    ]);
    assert.deepEqual(dependsOn("clusters/production/eu/late.yaml", 0), [
      { name: "second", namespace: "second" },
    ]);
  });

  it("keeps a path that was chosen by hand", () => {
    const fleet = renderFleet(
      "acme",
      someFleet({ clusters: [someCluster("eu", { path: "flux/eu" })] }),
      fleetContext(),
    );
    assert.equal(clusterOf(fleet, "eu").path, "flux/eu");
    assert.ok(textOf(fleet, "flux/eu/flux-system/gotk-sync.yaml").includes("./flux/eu"));
  });
});

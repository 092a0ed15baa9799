import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { usage } from "../../cli/arguments.js";
import type { FleetCheckout, Output } from "./fleet-checkout.js";
import { fleetCheckout, runCommand } from "./fleet-checkout.js";

interface Printed {
  readonly flux: string;
  readonly clusters: readonly { readonly name: string; readonly fluxVersion: string }[];
  readonly objects: number;
  readonly elsewhere: readonly string[];
  readonly findings: readonly {
    readonly code: string;
    readonly path: string;
    readonly severity?: string;
    readonly clusters: readonly string[];
  }[];
}

const kustomization = (resources: readonly string[]): string =>
  `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [${resources.join(", ")}]\n`;

const alert = (
  version: string,
  extra = "",
): string => `apiVersion: notification.toolkit.fluxcd.io/${version}
kind: Alert
metadata: { name: ops, namespace: flux-system }
spec:
  providerRef: { name: chat }
  eventSources: [{ kind: Kustomization, name: "*" }]
${extra}`;

/** Written by hand: a base for both environments, and more in production. */
const handWritten: Readonly<Record<string, string>> = {
  "infrastructure/base/kustomization.yaml": kustomization(["release.yaml"]),
  "infrastructure/base/release.yaml": `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: ingress, namespace: flux-system }
spec:
  interval: 1h
  chartRef: { kind: OCIRepository, name: ingress }
  serviceAccountName: kustomize-controller
  valuesTypo: 1
`,
  "infrastructure/overlays/staging/kustomization.yaml": kustomization(["../../base"]),
  "infrastructure/overlays/production/kustomization.yaml": kustomization([
    "../../base",
    "alert.yaml",
    "more.yaml",
  ]),
  "infrastructure/overlays/production/alert.yaml": alert("v1beta2"),
  "infrastructure/overlays/production/more.yaml": `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: images, namespace: flux-system }
spec:
  interval: 1h
  path: ./images/
  prune: true
  postBuild: { substitute: { RANGE: 1.x } }
  sourceRef: { kind: GitRepository, name: flux-system }
`,
  "images/policy.yaml": `apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImagePolicy
metadata: { name: ingress, namespace: flux-system }
spec:
  imageRepositoryRef: { name: ingress }
  policy: { semver: { range: "\${RANGE}" } }
`,
};

let checkout: FleetCheckout;
before(() => {
  checkout = fleetCheckout("2.8.8");
  checkout.write(handWritten);
});
after(() => {
  checkout.remove();
});

async function json(args: readonly string[], of: FleetCheckout = checkout): Promise<Printed> {
  const output = await runCommand(["rehearse", "--json", "--tree", of.directory, ...args]);
  assert.equal(output.stderr, "");
  return JSON.parse(output.stdout) as Printed;
}

const stopping = ({ findings }: Printed): readonly string[] =>
  findings
    .filter(({ severity }) => severity !== "warning")
    .map(({ code, path, clusters }) => `${code} ${path} [${clusters.join(" ")}]`);

describe("rehearse", () => {
  it("finds every object that the upgrade would break, rendered, by hand and behind other Kustomizations", async () => {
    const printed = await json(["--flux", "2.9.4"]);
    assert.deepEqual(stopping(printed), [
      "REMOVED_FROM_FLUX images/policy.yaml: ImagePolicy flux-system/ingress: apiVersion [eu-west-1]",
      "REMOVED_FROM_FLUX infrastructure/overlays/production/alert.yaml: Alert flux-system/ops: apiVersion [eu-west-1]",
    ]);
    assert.deepEqual(
      printed.clusters.map(({ name, fluxVersion }) => [name, fluxVersion]),
      [
        ["eu-central-1", "2.8.8"],
        ["eu-west-1", "2.8.8"],
      ],
    );
    assert.deepEqual(printed.elsewhere, [
      "Kustomization payments/payments",
      "Kustomization search-engine/search",
    ]);
  });

  it("says nothing of what is broken already, and warns of behaviour and of what nobody checked", async () => {
    const { findings } = await json(["--flux", "2.9.4", "--cluster", "eu-central-1"]);
    assert.deepEqual(
      findings.map(({ code, path, severity }) => [severity, code, path].join(" ")),
      [
        "warning FLUX_UPGRADE_UNCHECKED flux.version",
        "warning FLUX_BEHAVIOUR_CHANGED infrastructure/base/release.yaml: HelmRelease flux-system/ingress: spec.postRenderStrategy",
      ],
    );
  });

  it("ends with 1 when something would break and with 0 when only warnings are left", async () => {
    const args = ["rehearse", "--flux", "2.9.4", "--ring"];
    const canary = await runCommand([...args, "canary"], checkout.directory);
    assert.equal(canary.code, 1);
    assert.match(canary.stdout, /^Flux 2\.8\.8 -> 2\.9\.4 on 1 cluster: eu-west-1\n/);
    assert.match(
      canary.stdout,
      /\nbreaks {2}images\/policy\.yaml: ImagePolicy flux-system\/ingress: apiVersion\n {8}ImagePolicy v1beta2 is gone since Flux 2\.9/,
    );
    assert.match(canary.stdout, /\n2 problems, \d+ warnings?\.\n$/);
    const staging = await runCommand([...args, "staging"], checkout.directory);
    assert.equal(staging.code, 0, staging.stdout);
    assert.match(staging.stdout, /\nNothing would break; 2 warnings\.\n$/);
  });

  it("refuses a skipped minor version and a downgrade", async () => {
    const of = fleetCheckout({ canary: "2.7.5", default: "2.9.4" });
    try {
      assert.deepEqual(stopping(await json(["--flux", "2.9.4"], of)), [
        "FLUX_SKIPPED_MINOR flux.version [eu-west-1]",
      ]);
      assert.deepEqual(stopping(await json(["--flux", "2.8.8"], of)), [
        "FLUX_DOWNGRADE flux.version [eu-central-1]",
      ]);
    } finally {
      of.remove();
    }
  });

  it("checks a version that is newer than its tables against the newest line, and says so", async () => {
    const { findings } = await json(["--flux", "2.10.0", "--environment", "staging"]);
    const [beyond] = findings.filter(({ code }) => code === "UNKNOWN_FLUX_LINE");
    assert.equal(beyond?.severity, "warning");
  });

  it("warns of files that cannot be read", async () => {
    const of = fleetCheckout("2.8.8");
    of.write({ "infrastructure/overlays/staging/broken.yaml": "a: [1" });
    try {
      const { findings } = await json(["--flux", "2.8.9", "--environment", "staging"], of);
      assert.deepEqual(
        findings.map(({ code, path, severity }) => [severity, code, path].join(" ")),
        ["warning UNREADABLE_DIRECTORY infrastructure/overlays/staging/broken.yaml"],
      );
    } finally {
      of.remove();
    }
  });
});

describe("a command that cannot be carried out", () => {
  const misuse = (what: string, args: readonly string[], message: RegExp): void => {
    it(`ends with 2 and a reason for ${what}`, async () => {
      const output: Output = await runCommand(args, checkout.directory);
      assert.equal(output.code, 2);
      assert.equal(output.stdout, "");
      assert.match(output.stderr, message);
      assert.doesNotMatch(output.stderr, /\n\s+at /, "no stack");
    });
  };
  misuse("no command", [], /There is no command\./);
  misuse("an unknown command", ["upgrade"], /There is no command "upgrade"/);
  misuse("an unknown flag", ["rehearse", "--fluxx", "2.9.4"], /--fluxx/);
  misuse("a missing version", ["rehearse"], /--flux says which version/);
  misuse("a version that is none", ["rehearse", "--flux", "2.9"], /exact version such as 2\.9\.4/);
  misuse(
    "a version older than the tables",
    ["rehearse", "--flux", "2.6.4"],
    /knows 2\.7, 2\.8, 2\.9/,
  );
  misuse(
    "an unknown ring",
    ["rehearse", "--flux", "2.9.4", "--ring", "tail"],
    /Use canary, staging\./,
  );
  misuse(
    "a selection that is empty",
    ["rehearse", "--flux", "2.9.4", "--ring", "canary", "--environment", "staging"],
    /No cluster has all of --ring, --environment\./,
  );
  misuse(
    "a directory that is no fleet repository",
    ["rehearse", "--flux", "2.9.4", "--tree", "infrastructure"],
    /no checkout of a fleet repository/,
  );
  misuse(
    "one kubeconfig for several clusters",
    ["rehearse", "--flux", "2.9.4", "--kubeconfig", "x.yaml"],
    /2 clusters are selected/,
  );
  misuse(
    "a kubeconfig of another cluster",
    ["rehearse", "--flux", "2.9.4", "--kubeconfig", "eu-9=x.yaml"],
    /names "eu-9"/,
  );
  misuse(
    "a kubeconfig that is not there",
    ["rehearse", "--flux", "2.9.4", "--cluster", "eu-west-1", "--kubeconfig", "gone.yaml"],
    /"gone\.yaml" cannot be read/,
  );

  it("ends with 2 and names what is damaged", async () => {
    const of = fleetCheckout("2.8.8");
    of.write({ ".flux-fleet/acme.json": "{}" });
    try {
      const output = await runCommand(["rehearse", "--flux", "2.9.4"], of.directory);
      assert.equal(output.code, 2);
      assert.match(output.stderr, /^\.flux-fleet\/acme\.json: .*OWNERSHIP_DAMAGED/);
    } finally {
      of.remove();
    }
  });

  it("prints its usage when asked", async () => {
    assert.deepEqual(await runCommand(["--help"]), { code: 0, stdout: usage, stderr: "" });
  });
});

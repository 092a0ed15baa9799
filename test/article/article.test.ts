import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FleetDeclaration } from "../../core.js";
import { layer, renderFleet } from "../../core.js";
import { encrypted, encryptedTo, furtherRecipients } from "../fixtures/encrypted.js";
import {
  fleetContext,
  findingsOf,
  recipients,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";
import {
  charts,
  corrected,
  deployment,
  images,
  kustomization,
  object,
  printedSecret,
  release,
} from "./listings.js";

const controllers = [
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
  "image-reflector-controller",
  "image-automation-controller",
] as const;

/** The article's fleet: two clusters in production that share every directory, one in staging. */
function fleet(more: Partial<FleetDeclaration> = {}): FleetDeclaration {
  const age = { recipient: recipients[0] };
  const base = someFleet({ sops: { breakGlass: [recipients[1]] } });
  return {
    ...base,
    flux: { version: "2.9.4", components: controllers },
    clusters: [
      someCluster("eu-west-1", { age }),
      someCluster("europe-west1", { age: { recipient: furtherRecipients[0] } }),
      someCluster("eu-central-1", { environment: "staging" }),
    ],
    layers: [
      layer("platform", { clusters: { environment: "production" }, directory: "./platform" }),
      layer("images", { clusters: [someCluster("eu-west-1")], directory: "./images" }),
    ],
    ...more,
  };
}

/** `CODE where` of the corrected article with some listings put back. */
function found(
  listings: Readonly<Record<string, string>>,
  more: Partial<FleetDeclaration> = {},
): readonly string[] {
  const directories = new Map(Object.entries({ ...corrected, ...listings }));
  return findingsOf(fleet(more), fleetContext({ directories })).map(
    ({ code, path }) => `${code} ${path}`,
  );
}

const inLayer = (file: string, where: string): string =>
  `Layer "${file.startsWith("images/") ? "images" : "platform"}": ${file}: ${where}`;

describe("the article", () => {
  it("renders without a finding once its listings are corrected", () => {
    assert.deepEqual(found({}), []);
    const directories = new Map(Object.entries(corrected));
    const { files } = renderFleet("acme", fleet(), fleetContext({ directories }));
    const rules = files.find(({ path }) => path === ".sops.yaml")?.text ?? "";
    // Listing 13: rules come from the same table as the recipients, so they cannot miss a file or
    // encrypt what Kubernetes has to read.
    assert.match(rules, /encrypted_regex: "\^\(data\|stringData\)\$"/);
  });

  it("1: image kinds of versions that no Flux since 2.9 serves", () => {
    const files = { "images/images.yaml": images("v1beta2", "v1beta1", "1.x", "x") };
    assert.deepEqual(
      found(files)
        .map((line) => line.replace(/^(\S+) .*?(Image\w+).*$/, "$1 $2"))
        .sort(),
      [
        "REMOVED_FROM_FLUX ImagePolicy",
        "REMOVED_FROM_FLUX ImageRepository",
        "REMOVED_FROM_FLUX ImageUpdateAutomation",
      ],
    );
  });

  /** Where every finding of this image automation is. */
  const automationFields = (text: string): readonly string[] =>
    found({ "images/images.yaml": text }).map((line) => line.split(": ").at(-1) ?? "");

  it("2: a commit template with a field that is gone", () => {
    const template = "{{range .Updated.Images}}{{.Name}} to {{.NewTag}} {{end}}";
    const fields = new Set(automationFields(images("v1", "v1", "1.x", template)));
    assert.deepEqual([...fields], ["spec.git.commit.messageTemplate"]);
  });

  it("18: a signing key that is not below secretRef", () => {
    const text = images("v1", "v1", "1.x", "x");
    const signed = text.replace("author:", "signingKey: {name: x}\n      author:");
    assert.deepEqual(automationFields(signed), [
      "spec.git.commit.signingKey.name",
      "spec.git.commit.signingKey.secretRef",
    ]);
  });

  it("3: image automation on clusters without its controllers", () => {
    const flux = { version: "2.9.4" };
    assert.deepEqual(
      found({}, { flux }),
      ["ImagePolicy", "ImageRepository", "ImageUpdateAutomation"].map(
        (kind) =>
          `MISSING_CONTROLLER ${inLayer("images/images.yaml", `${kind} flux-system/payment-service`)}`,
      ),
    );
  });

  it("4: a second source for the repository that the cluster follows already", () => {
    const source = object(
      "source.toolkit.fluxcd.io/v1",
      "GitRepository",
      "{name: fleet-infra, namespace: flux-system}",
      ["interval: 1m", `url: ${someFleet().repository.url}`, "ref: {branch: main}"],
    );
    assert.deepEqual(found({ "platform/source.yaml": source }), [
      `DUPLICATE_SOURCE ${inLayer("platform/source.yaml", "GitRepository flux-system/fleet-infra: spec.url")}`,
    ]);
  });

  it("5: a dependency on a Kustomization of another name", () => {
    const apps = kustomization("apps-production", [
      "path: ./apps/overlays/production",
      "dependsOn: [{name: infrastructure-production}]",
    ]);
    assert.deepEqual(found({ "platform/apps.yaml": apps }), [
      `DANGLING_REFERENCE ${inLayer("platform/apps.yaml", "Kustomization flux-system/apps-production: spec.dependsOn[0]")}`,
    ]);
  });

  it("6: paths that are not in its tree", () => {
    const listing = kustomization("more", ["path: ./infrastructure/production"]);
    assert.deepEqual(found({ "platform/more.yaml": listing }), [
      `MISSING_DIRECTORY ${inLayer("platform/more.yaml", "Kustomization flux-system/more: spec.path")}`,
    ]);
    const inside = kustomization("more", ["path: ./clusters/production/eu-west-1"]);
    assert.deepEqual(found({ "platform/more.yaml": inside }), [
      `PATH_OVERLAP ${inLayer("platform/more.yaml", "Kustomization flux-system/more: spec.path")}`,
    ]);
  });

  it("7: a dependency that is Ready before anything is healthy", () => {
    const infrastructure = kustomization("infrastructure", [
      "path: ./infrastructure/overlays/production",
    ]);
    assert.deepEqual(found({ "platform/infrastructure.yaml": infrastructure }), [
      `DEPENDENCY_NOT_AWAITED ${inLayer("platform/apps.yaml", "Kustomization flux-system/apps-production: spec.dependsOn[0]")}`,
    ]);
  });

  const releaseFile = "apps/overlays/production/release.yaml";
  const retrying = "install: {strategy: {name: RetryOnFailure}}";
  const releaseAt = (field: string): string =>
    inLayer(releaseFile, `HelmRelease payment/payment-service: ${field}`);

  it("8: retries of upgrades, and none of the first install; rollback below upgrade", () => {
    const listed = (parts: object): readonly string[] =>
      found({
        [releaseFile]: `${charts("payment")}---\n${release({ version: "1.4.2", ...parts })}`,
      });
    assert.deepEqual(listed({}), [`INSTALL_NOT_RETRIED ${releaseAt("spec.install")}`]);
    const nested = listed({ first: retrying, upgrade: ", rollback: {timeout: 5m}" });
    assert.equal(nested.length, 1);
    assert.match(nested[0] ?? "", /^UNKNOWN_FIELD .*spec\.upgrade\.rollback$/);
  });

  it("9: versions that float over a shared directory, and a chart repository that is not there", () => {
    const floating = release({ version: ">=1.0.0", first: retrying });
    assert.deepEqual(found({ [releaseFile]: `${charts("payment")}---\n${floating}` }), [
      `FLOATING_VERSION ${releaseAt("spec.chart.spec.version")}`,
    ]);
    const pinned = release({ version: "1.4.2", first: retrying });
    assert.deepEqual(found({ [releaseFile]: pinned }), [
      `DANGLING_REFERENCE ${releaseAt("spec.chart.spec.sourceRef")}`,
    ]);
    const range = images("v1", "v1", ">=1.0.0", "{{range .Changed.Changes}}{{.NewValue}} {{end}}");
    assert.deepEqual(found({ "images/images.yaml": range }), [
      `FLOATING_VERSION ${inLayer("images/images.yaml", "ImagePolicy flux-system/payment-service: spec.policy.semver.range")}`,
    ]);
  });

  it("10: a tenant whose Namespace and credentials nobody makes", () => {
    const source = object(
      "source.toolkit.fluxcd.io/v1",
      "GitRepository",
      "{name: app, namespace: payments}",
      [
        "interval: 1m",
        "url: https://github.com/myorg/payments-app",
        "secretRef: {name: payments-team-git-credentials}",
      ],
    );
    assert.deepEqual(
      found({ "platform/tenant.yaml": source }),
      ["metadata.namespace", "spec.secretRef"].map(
        (field) =>
          `DANGLING_REFERENCE ${inLayer("platform/tenant.yaml", `GitRepository payments/app: ${field}`)}`,
      ),
    );
  });

  it("11: a tenant whose boundary is only a ServiceAccount", () => {
    const lockdown = { disabled: true, reason: "as in the article" } as const;
    const open = someFleet({
      clusters: [someCluster("eu", { lockdown })],
      tenants: [someTenant("payments")],
    });
    assert.deepEqual(
      findingsOf(open).map(({ code }) => code),
      ["LOCKDOWN_REQUIRED"],
    );
    const account = kustomization("more", ["path: ./payment/more"]).replace(
      / {2}serviceAccountName.*\n/,
      "",
    );
    assert.deepEqual(
      found({
        "platform/more.yaml": account,
        "payment/more/a.yaml":
          "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: payment}\n",
      }),
      [
        `MISSING_SERVICE_ACCOUNT ${inLayer("platform/more.yaml", "Kustomization flux-system/more")}`,
      ],
    );
  });

  const secret = "payment/secrets/secret.yaml";
  const secretTitle = "Secret payment/payment-db-credentials";

  it("13: no rule for what is encrypted, so that even the kind is", () => {
    const whole = encryptedTo(encrypted["whole.yaml"], ...recipients, furtherRecipients[0]);
    assert.deepEqual(found({ [secret]: whole }), [`ENCRYPTED_WHOLE Layer "platform": ${secret}`]);
    const moved = kustomization("payment-secrets", [
      "path: ./payment/secrets",
      "targetNamespace: payment",
      "decryption: {provider: sops, secretRef: {name: sops-age}}",
    ]);
    const context = fleetContext({
      directories: new Map(
        Object.entries({ ...corrected, [secret]: whole, "platform/secrets.yaml": moved }),
      ),
    });
    const [finding, ...others] = findingsOf(fleet(), context);
    assert.deepEqual(others, []);
    assert.equal(finding?.code, "ENCRYPTED_WHOLE");
    assert.equal(finding.severity, undefined);
    assert.match(
      finding.problem,
      /targetNamespace of Kustomization "flux-system\/payment-secrets"/,
    );
  });

  it("13: the file as it prints it, which has no mac", () => {
    assert.deepEqual(found({ [secret]: printedSecret }), [
      `BREAK_GLASS_MISSING Layer "platform": ${secret}`,
      `SECRET_NOT_READABLE Layer "platform": ${secret}`,
      `UNKNOWN_RECIPIENT Layer "platform": ${secret}`,
      `ENCRYPTED_UNRECOGNISED ${inLayer(secret, secretTitle)}`,
    ]);
  });

  it("13: one key pair for every cluster, and nobody else who could read", () => {
    const age = { recipient: recipients[0] };
    const clusters = [
      someCluster("eu-west-1", { age }),
      someCluster("europe-west1", { age }),
      someCluster("eu-central-1", { environment: "staging" }),
    ];
    const text = encryptedTo(encrypted["secret.yaml"], recipients[0]);
    assert.deepEqual(found({ [secret]: text }, { clusters, sops: {} }), [
      `BREAK_GLASS_MISSING Layer "platform": ${secret}`,
      `SHARED_IDENTITY Recipient ${recipients[0]}`,
    ]);
  });

  it("13: a Kustomization without decryption, of which Flux says Ready below stringData", () => {
    const plain = kustomization("payment-secrets", ["path: ./payment/secrets"]);
    const text = encryptedTo(encrypted["string-data.yaml"], ...recipients, furtherRecipients[0]);
    const listings = { "platform/secrets.yaml": plain, [secret]: text };
    assert.deepEqual(found(listings), [`ENCRYPTED_NOT_DECRYPTED ${inLayer(secret, secretTitle)}`]);
    const directories = new Map(Object.entries({ ...corrected, ...listings }));
    const [finding] = findingsOf(fleet(), fleetContext({ directories }));
    assert.match(finding?.remedy ?? "", /applies the ciphertext as it stands and reports Ready/);
  });

  it("13: the Secret before anybody encrypted it", () => {
    const text =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: payment-db-credentials, namespace: payment}\ndata: {password: aHVudGVyMg==}\n";
    const directories = new Map(Object.entries({ ...corrected, [secret]: text }));
    const findings = findingsOf(fleet(), fleetContext({ directories }));
    assert.deepEqual(
      findings.map(({ code, path }) => `${code} ${path}`),
      [`SECRET_IN_GIT ${inLayer(secret, secretTitle)}`],
    );
    assert.doesNotMatch(JSON.stringify(findings), /aHVudGVyMg|hunter2/);
  });

  it("12: an entry of sops-age that Flux passes over", () => {
    const key =
      "apiVersion: v1\nkind: Secret\nmetadata: {name: sops-age-payment, namespace: flux-system}\ndata: {age.txt: ''}\n";
    const named = kustomization("payment-secrets", [
      "path: ./payment/secrets",
      "decryption: {provider: sops, secretRef: {name: sops-age-payment}}",
    ]);
    assert.deepEqual(found({ "platform/secrets.yaml": named, "platform/key.yaml": key }), [
      "DECRYPTION_KEYS_IGNORED Kustomization flux-system/payment-secrets: spec.decryption.secretRef",
    ]);
  });

  it("a marker whose policy is not there", () => {
    assert.deepEqual(
      found({ "payment/service/deployment.yaml": deployment("flux-system:payments") }),
      [`DANGLING_REFERENCE ${inLayer("payment/service/deployment.yaml", "line 11")}`],
    );
  });
});

import { encrypted, encryptedTo, furtherRecipients } from "../fixtures/encrypted.js";
import { recipients } from "../fixtures/fleets.js";

/**
 * What the article shows, corrected: a platform layer whose Kustomizations apply the directories of
 * the fleet repository, and image automation on one cluster. Each test puts one listing back as the article has it.
 */
export const corrected: Readonly<Record<string, string>> = {
  "platform/infrastructure.yaml": kustomization("infrastructure", [
    "path: ./infrastructure/overlays/production",
    "wait: true",
  ]),
  "platform/apps.yaml": kustomization("apps-production", [
    "path: ./apps/overlays/production",
    "wait: true",
    "dependsOn: [{name: infrastructure}]",
  ]),
  "platform/secrets.yaml": kustomization("payment-secrets", [
    "path: ./payment/secrets",
    "decryption: {provider: sops, secretRef: {name: sops-age}}",
  ]),
  "platform/payment.yaml": kustomization("payment-service", [
    "path: ./payment/service",
    "healthChecks:",
    "- {apiVersion: apps/v1, kind: Deployment, name: payment-service, namespace: payment}",
  ]),
  "images/images.yaml": images(
    "v1",
    "v1",
    "1.x",
    "{{range .Changed.Changes}}{{.NewValue}} {{end}}",
  ),
  "infrastructure/overlays/production/kustomization.yaml": "resources: [namespaces.yaml]\n",
  "infrastructure/overlays/production/namespaces.yaml":
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: payment}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: helm, namespace: payment}\n",
  "apps/overlays/production/kustomization.yaml": "resources: [release.yaml]\n",
  "apps/overlays/production/release.yaml": `${charts("payment")}---\n${release({
    version: "1.4.2",
    first: "install: {strategy: {name: RetryOnFailure}}",
    rest: "rollback: {timeout: 5m, cleanupOnFail: true}",
  })}`,
  "payment/secrets/secret.yaml": encryptedTo(
    encrypted["secret.yaml"],
    ...recipients,
    furtherRecipients[0],
  ),
  "payment/service/deployment.yaml": deployment("flux-system:payment-service"),
};

/** The encrypted Secret as the article prints it: cut short, and without a `mac`. */
export const printedSecret = `apiVersion: v1
kind: Secret
metadata:
  name: payment-db-credentials
  namespace: payment
type: Opaque
data:
  password: ENC[AES256_GCM,data:7k9P,type:str]
  username: ENC[AES256_GCM,data:bQ2m,type:str]
sops:
  age:
    - recipient: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
      enc: |
        -----BEGIN AGE ENCRYPTED FILE-----
        -----END AGE ENCRYPTED FILE-----
`;

/** A Kustomization of the article on the fleet's own source, as a platform must write it. */
export function kustomization(name: string, fields: readonly string[]): string {
  return object(
    "kustomize.toolkit.fluxcd.io/v1",
    "Kustomization",
    `{name: ${name}, namespace: flux-system}`,
    [
      "interval: 10m",
      "prune: true",
      "timeout: 5m",
      "serviceAccountName: kustomize-controller",
      "sourceRef: {kind: GitRepository, name: flux-system}",
      ...fields,
    ],
  );
}

/** The three image objects with their versions, the range of the policy and the commit template. */
export function images(
  version: string,
  automation: string,
  range: string,
  template: string,
): string {
  const metadata = "{name: payment-service, namespace: flux-system}";
  return [
    object(`image.toolkit.fluxcd.io/${version}`, "ImageRepository", metadata, [
      "image: ghcr.io/myorg/payment-service",
      "interval: 5m",
    ]),
    object(`image.toolkit.fluxcd.io/${version}`, "ImagePolicy", metadata, [
      "imageRepositoryRef: {name: payment-service}",
      `policy: {semver: {range: "${range}"}}`,
    ]),
    object(`image.toolkit.fluxcd.io/${automation}`, "ImageUpdateAutomation", metadata, [
      "interval: 1m",
      "sourceRef: {kind: GitRepository, name: flux-system}",
      "git:",
      "  checkout: {ref: {branch: main}}",
      "  commit:",
      "    author: {email: fluxcdbot@myorg.com, name: Flux CD Bot}",
      `    messageTemplate: "chore(image): update ${template}"`,
      "  push: {branch: main}",
      "update: {path: ./payment, strategy: Setters}",
    ]),
  ].join("---\n");
}

/** The HelmRelease of the article. */
export function release(parts: {
  readonly version: string;
  readonly first?: string;
  readonly upgrade?: string;
  readonly rest?: string;
}): string {
  return object(
    "helm.toolkit.fluxcd.io/v2",
    "HelmRelease",
    "{name: payment-service, namespace: payment}",
    [
      "interval: 5m",
      "serviceAccountName: helm",
      `chart: {spec: {chart: payment-service, version: "${parts.version}", sourceRef: {kind: HelmRepository, name: myorg-charts}}}`,
      ...(parts.first === undefined ? [] : [parts.first]),
      `upgrade: {remediation: {retries: 3, remediateLastFailure: true}${parts.upgrade ?? ""}}`,
      ...(parts.rest === undefined ? [] : [parts.rest]),
    ],
  );
}

/** The chart repository, which the article never shows. */
export function charts(namespace: string): string {
  return object(
    "source.toolkit.fluxcd.io/v1",
    "HelmRepository",
    `{name: myorg-charts, namespace: ${namespace}}`,
    ["interval: 1h", "url: https://charts.example.com"],
  );
}

/** The Deployment whose image a marker keeps up to date. */
export function deployment(policy: string): string {
  return object("apps/v1", "Deployment", "{name: payment-service, namespace: payment}", [
    "selector: {matchLabels: {app: payment-service}}",
    "template:",
    "  metadata: {labels: {app: payment-service}}",
    "  spec:",
    "    containers:",
    "    - name: payment-service",
    `      image: ghcr.io/myorg/payment-service:1.3.2 # {"$imagepolicy": "${policy}"}`,
  ]);
}

/** A manifest with these lines as its spec. */
export function object(
  apiVersion: string,
  kind: string,
  metadata: string,
  spec: readonly string[],
): string {
  const lines = spec.map((line) => `  ${line}\n`).join("");
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: ${metadata}\nspec:\n${lines}`;
}

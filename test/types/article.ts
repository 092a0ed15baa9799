import { helmRelease, imagePolicy, imageUpdateAutomation, kustomization } from "../../api/index.js";
import { layer } from "../../core.js";

// What the article writes and a program cannot; nothing here runs. An unused @ts-expect-error is an
// error itself.

const metadata = { name: "payment-service", namespace: "flux-system" };
const fleet = { kind: "GitRepository", name: "flux-system" } as const;

// The version of a kind is not an argument: the builder writes the one that Flux serves.
export const served: "image.toolkit.fluxcd.io/v1" = imagePolicy(metadata, {
  imageRepositoryRef: { name: "payment-service" },
  policy: { semver: { range: "1.x" } },
}).apiVersion;

// A layer depends on parts, not on names that may be of nobody.
// @ts-expect-error a name is no reference
layer("apps", { clusters: "all", directory: "./apps", dependsOn: ["infrastructure-production"] });

// A rollback stands beside the upgrade, not inside it.
helmRelease(metadata, {
  interval: "5m",
  // @ts-expect-error there is no upgrade.rollback
  upgrade: { remediation: { retries: 3 }, rollback: { timeout: "5m" } },
});

// The signing key is a Secret.
imageUpdateAutomation(metadata, {
  interval: "1m",
  sourceRef: fleet,
  // @ts-expect-error a signing key has a secretRef
  git: { commit: { author: { email: "bot@example.com" }, signingKey: { name: "key" } } },
});

// A Kustomization names its source, by a kind that can be one.
// @ts-expect-error the source is missing
kustomization(metadata, { interval: "10m", prune: true });
kustomization(metadata, {
  interval: "10m",
  prune: true,
  // @ts-expect-error a chart repository holds no manifests
  sourceRef: { kind: "HelmRepository", name: "charts" },
});

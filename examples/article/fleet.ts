import type { Input } from "@pulumi/pulumi";
import {
  cluster,
  gitCredentialsSecret,
  gitSource,
  helmRelease,
  helmRepository,
  image,
  imageAutomation,
  layer,
  opaqueSecret,
  tenant,
} from "pulumi-flux-fleet/core";
import type {
  ClusterArgs,
  FleetArgs,
  FleetDeclaration,
  GitCredentials,
} from "pulumi-flux-fleet/core";
import { paymentIngress, paymentPort, paymentService } from "./workloads.js";

/** How a cluster of the article is reached. */
export interface Reach<Value = Input<string>> {
  /** Kubeconfig; a secret. A cluster without one is declared all the same, and only pulls. */
  readonly kubeconfig?: Value | undefined;
  /**
   * What to encrypt to when the cluster brings its own age identity, as one without kubeconfig must.
   * @default the fleet makes an identity and installs it
   */
  readonly recipient?: string | undefined;
}

/** What the program takes from its configuration. */
export interface Settings<Value = Input<string>> {
  /** Address of the fleet repository, as the clusters read it. */
  readonly repository: string;
  /** Address to push to, where that is another one. */
  readonly pushUrl?: string | undefined;
  /** Logins to the fleet repository: of `up`, of the clusters, of image automation. */
  readonly push: GitCredentials<Value> | undefined;
  readonly read: GitCredentials<Value> | undefined;
  readonly bot: GitCredentials<Value>;
  /** Private SSH key that signs the commits of image automation. */
  readonly botSigningKey: Value;
  /** Where images and charts are: `ghcr.io/acme`. */
  readonly registry: { readonly path: string; readonly insecure?: boolean };
  /** The clusters of the article. */
  readonly clusters: Readonly<Record<"eu-west-1" | "europe-west1" | "eu-central-1", Reach<Value>>>;
  /** Login of the payment service to its database. */
  readonly database: { readonly username: Value; readonly password: Value };
  /** The tenant's repository, and the login of the tenant's image automation to it. */
  readonly payments: { readonly application: string; readonly bot: GitCredentials<Value> };
  /** How often Flux applies the applications even if nothing changed. */
  readonly appsInterval: string;
  /** An age recipient that opens every Secret besides its cluster. */
  readonly breakGlass: string;
}

/**
 * Sections 3 to 7 of the article as plain, immutable values. It creates nothing: `index.ts` hands it to
 * a `Fleet`, and `renderFleet` of `pulumi-flux-fleet/core` turns it into files without any engine.
 */
export function article(settings: Settings<string>): FleetDeclaration;
export function article(settings: Settings): FleetArgs;
export function article(settings: Settings): FleetArgs {
  const { clusters, registry } = settings;
  const fromRegistry = registry.insecure === true ? { repository: { insecure: true } } : {};

  // Section 4: a login of its own writes tags. What Flux reads everything else with cannot write.
  const botLogin = gitCredentialsSecret("fleet-infra-bot", settings.bot, {
    namespace: "flux-system",
  });
  const signingKey = opaqueSecret(
    "fleet-infra-bot-signing",
    { identity: settings.botSigningKey },
    { namespace: "flux-system" },
  );

  // Section 3: the clusters.
  const euWest1 = cluster("eu-west-1", {
    environment: "production",
    labels: { provider: "aws" },
    variables: { REGION: "eu-west-1" },
    ...reached(clusters["eu-west-1"]),
    secrets: [botLogin, signingKey],
  });
  const europeWest1 = cluster("europe-west1", {
    environment: "production",
    labels: { provider: "gcp" },
    variables: { REGION: "europe-west1" },
    ...reached(clusters["europe-west1"]),
  });
  const euCentral1 = cluster("eu-central-1", {
    environment: "staging",
    labels: { provider: "aws" },
    variables: { REGION: "eu-central-1" },
    ...reached(clusters["eu-central-1"]),
  });

  // Section 7: what everything else needs comes first, and is Ready only when its release is.
  const charts = helmRepository("acme-charts", {
    url: `oci://${registry.path}/charts`,
    insecure: registry.insecure,
  });
  const ingressController = helmRelease("ingress-nginx", {
    chart: { source: charts, name: "ingress-nginx", version: "4.13.0" },
    releaseName: "ingress-nginx",
    targetNamespace: "ingress-nginx",
    createNamespace: true,
    values: { controller: { replicaCount: 1 } },
    upgrade: { remediation: { retries: 3 } },
    rollback: { timeout: "5m", cleanupOnFail: true },
  });
  const infrastructure = layer("infrastructure", {
    clusters: "all",
    base: { sources: [charts], releases: [ingressController] },
    overlays: {
      production: {
        patches: [
          {
            target: { kind: "HelmRelease", name: "ingress-nginx" },
            patch: { spec: { values: { controller: { replicaCount: 3 } } } },
          },
        ],
      },
    },
  });

  // Section 4: production takes releases of the major version it knows, staging their candidates too.
  const serviceImage = `${registry.path}/payment-service`;
  const released = imageAutomation("payment-service", {
    image: serviceImage,
    policy: { semver: ">=1.0.0 <2.0.0" },
    spec: fromRegistry,
  });
  const candidates = imageAutomation("payment-service-staging", {
    image: serviceImage,
    policy: { semver: ">=1.0.0-0 <2.0.0-0" },
    spec: fromRegistry,
  });
  const firstTag = "1.3.2";

  // Sections 3, 5 and 7: the application with its Secret, once the infrastructure is healthy.
  const apps = layer("apps", {
    clusters: "all",
    dependsOn: [infrastructure],
    interval: settings.appsInterval,
    base: { objects: [paymentPort] },
    overlays: {
      production: {
        objects: [paymentService(image(serviceImage, { policy: released, tag: firstTag }), 3)],
      },
      staging: {
        objects: [paymentService(image(serviceImage, { policy: candidates, tag: firstTag }), 1)],
      },
    },
    secrets: [opaqueSecret("payment-db-credentials", settings.database, { namespace: "payment" })],
  });
  const ingress = layer("ingress", {
    clusters: "all",
    dependsOn: [apps],
    base: { objects: [paymentIngress] },
  });

  // Section 6: a team with its own Namespace, rights, repository, and image automation of its own.
  const paymentsBot = gitCredentialsSecret("payments-app-bot", settings.payments.bot);
  const payments = tenant("payments", {
    clusters: { environment: "production" },
    dependsOn: [infrastructure],
    source: gitSource({
      url: settings.payments.application,
      branch: "main",
      credentials: settings.read,
    }),
    path: "./deploy/production",
    waitFor: true, // `up` ends when the workload runs
    secrets: [paymentsBot],
    images: [
      imageAutomation("payments-api", {
        image: `${registry.path}/payments-api`,
        policy: { semver: ">=1.0.0 <2.0.0" },
        spec: fromRegistry,
      }),
    ],
    imageUpdates: {
      runsOn: euWest1,
      writesTo: { path: "./deploy", secret: paymentsBot },
      author: { name: "Payments Bot", email: "payments-bot@example.com" },
      skipCi: true,
    },
  });

  return {
    repository: {
      url: settings.repository,
      branch: "main",
      push: { url: settings.pushUrl, ...settings.push },
      sync: { credentials: settings.read },
    },
    flux: {
      version: "2.9.4",
      components: [
        "source-controller",
        "kustomize-controller",
        "helm-controller",
        "notification-controller",
        "image-reflector-controller",
        "image-automation-controller",
      ],
    },
    clusters: [euWest1, europeWest1, euCentral1],
    layers: [infrastructure, apps, ingress],
    tenants: [payments],
    images: [released, candidates],
    imageUpdates: {
      runsOn: euWest1,
      writesTo: { path: "./apps", secret: botLogin },
      author: { name: "Flux CD Bot", email: "fluxcdbot@example.com" },
      signingKey: { secret: signingKey, type: "ssh" },
      skipCi: true,
    },
    sops: { breakGlass: [settings.breakGlass] },
    wait: { timeout: "10m" },
  };
}

function reached({ kubeconfig, recipient }: Reach): Pick<ClusterArgs, "age" | "kubeconfig"> {
  return recipient === undefined ? { kubeconfig } : { kubeconfig, age: { recipient } };
}

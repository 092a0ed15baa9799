import type { Input } from "@pulumi/pulumi";
import { cluster, gitSource, opaqueSecret, tenant } from "pulumi-flux-fleet/core";
import type { FleetArgs, FleetDeclaration, GitCredentials } from "pulumi-flux-fleet/core";

/** What the program takes from its configuration. */
export interface Settings<Value = Input<string>> {
  /** Address of the fleet repository, as the clusters read it. */
  readonly repository: string;
  /** Address to push to, where that is another one. */
  readonly pushUrl: string | undefined;
  /** Login with which `up` pushes. */
  readonly push: GitCredentials<Value> | undefined;
  /** Login with which the clusters read, the fleet repository as well as the tenant's. */
  readonly read: GitCredentials<Value> | undefined;
  /** Kubeconfigs by cluster. A cluster without one is declared all the same, and only pulls. */
  readonly kubeconfigs: Readonly<Record<"eu-west-1" | "eu-central-1", Value | undefined>>;
  /** What the tenant "payments" brings along. */
  readonly payments: {
    readonly application: string;
    readonly interval: string;
    /** Password of its database, as Secret `payment-db`; encrypted in Git. @default no Secret */
    readonly password?: Value | undefined;
  };
  /**
   * An age recipient that opens every Secret besides its cluster. Production needs one as soon as
   * there is a Secret. @default none
   */
  readonly breakGlass?: string | undefined;
}

/**
 * The whole fleet as plain, immutable values. It creates nothing: `index.ts` hands it to a `Fleet`,
 * and `renderFleet` of `pulumi-flux-fleet/core` turns it into files without any engine.
 */
export function acme(settings: Settings<string>): FleetDeclaration;
export function acme(settings: Settings): FleetArgs;
export function acme(settings: Settings): FleetArgs {
  const { kubeconfigs, push, read, breakGlass } = settings;
  const { password } = settings.payments;

  const euWest1 = cluster("eu-west-1", {
    environment: "production",
    kubeconfig: kubeconfigs["eu-west-1"],
  });
  const euCentral1 = cluster("eu-central-1", {
    environment: "staging",
    kubeconfig: kubeconfigs["eu-central-1"],
  });

  const payments = tenant("payments", {
    clusters: "all",
    source: gitSource({
      url: settings.payments.application,
      branch: "main",
      credentials: read,
    }),
    path: "./deploy",
    interval: settings.payments.interval,
    waitFor: true, // `up` ends when the workload runs
    secrets: password === undefined ? [] : [opaqueSecret("payment-db", { password })],
  });

  return {
    repository: {
      url: settings.repository,
      branch: "main",
      push: { url: settings.pushUrl, ...push },
      sync: { credentials: read },
    },
    flux: { version: "2.9.4" },
    clusters: [euWest1, euCentral1],
    tenants: [payments],
    sops: { breakGlass: breakGlass === undefined ? [] : [breakGlass] },
    wait: { timeout: "5m" },
  };
}

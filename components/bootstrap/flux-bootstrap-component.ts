import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { decideIdentity, ensureNamespace, installFlux } from "../../cluster/index.js";
import type { ClusterClient, ClusterIdentity } from "../../cluster/index.js";
import { FleetError } from "../../errors.js";
import { clusterSecret } from "../cluster-secret.js";
import type { PlannedSecret, RenderedCluster } from "../fleet/rendered.js";
import { step } from "../step.js";

/** What one reachable cluster needs so that Flux can follow the fleet repository. */
export interface FluxBootstrapArgs {
  readonly cluster: RenderedCluster;
  readonly client: ClusterClient;
  readonly provider: kubernetes.Provider;
  /** What this run saw of the cluster. */
  readonly identity: ClusterIdentity;
  /** The UID that the declaration names. */
  readonly expectedUid: string | undefined;
  /** Whether Namespace `flux-system` exists. */
  readonly namespacePresent: boolean;
  /** Whether the root Kustomization has applied something: from then on Flux manages itself. */
  readonly rootPresent: boolean;
  /** Values of a planned Secret. */
  readonly values: (secret: PlannedSecret) => Readonly<Record<string, string>>;
  /** Longest time for the installation, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Brings one cluster to the point from which Flux manages itself: checks that it is the recorded
 * cluster, creates Namespace `flux-system`, the Git login and the age identity, and installs Flux when
 * it is missing, by the rule of `flux bootstrap`. What Flux applies afterwards is never in the state.
 *
 * Without `args` the cluster did not answer: only what is recorded of its identity stays.
 */
export class FluxBootstrap extends pulumi.ComponentResource {
  /** Done when Flux runs; undefined for a cluster that did not answer. */
  readonly installed: pulumi.Resource | undefined;

  constructor(
    name: string,
    args: FluxBootstrapArgs | undefined,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("pulumi-flux-fleet:index:FluxBootstrap", name, {}, opts);
    if (args === undefined) {
      keepIdentity(name, { parent: this });
      this.registerOutputs({});
      return;
    }
    const { cluster, client, provider } = args;
    const identity = identityStep(name, args, { parent: this });
    const secrets = cluster.secrets
      .filter(({ purpose }) => purpose === "sync" || purpose === "age")
      .map((secret) =>
        clusterSecret(
          `${name}-${secret.purpose}`,
          { secret, values: args.values(secret), clusterUid: args.identity.uid },
          { parent: this, dependsOn: identity, provider },
        ),
      );
    const install = step(
      `${name}-install`,
      {
        input: { version: cluster.fluxVersion, uid: args.identity.uid },
        settled: args.rootPresent,
        run: async () =>
          installFlux(client, cluster, {
            timeoutMs: args.timeoutMs,
            onProgress: (line) => void pulumi.log.info(`${cluster.name}: ${line}`, this),
          }),
      },
      { parent: this, dependsOn: [identity, ...secrets] },
    );
    this.installed = install.resource;
    this.registerOutputs({});
  }
}

/** Keeps what {@link identityStep} recorded through an outage, after which the kubeconfig may be another. */
function keepIdentity(name: string, opts: pulumi.CustomResourceOptions): void {
  new pulumi.Stash(
    `${name}-identity`,
    { input: {} },
    { ...opts, ignoreChanges: ["input"], retainOnDelete: true },
  );
}

/** Notices a swapped kubeconfig before a key is installed, in the preview already. */
function identityStep(
  name: string,
  args: FluxBootstrapArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const { client, cluster } = args;
  return step(
    `${name}-identity`,
    {
      input: { ...args.identity },
      settled: args.namespacePresent,
      check: (previous) => {
        const decision = decideIdentity({
          cluster: cluster.name,
          recorded: recordedIdentity(previous),
          observed: args.identity,
          expected: args.expectedUid,
        });
        if (decision.kind === "refused") throw new FleetError([decision.finding]);
      },
      run: async () => ensureNamespace(client, "flux-system"),
    },
    opts,
  ).resource;
}

function recordedIdentity(
  previous: Readonly<Record<string, unknown>> | undefined,
): ClusterIdentity | undefined {
  const { uid, endpoint } = previous ?? {};
  return typeof uid === "string" && typeof endpoint === "string" ? { uid, endpoint } : undefined;
}

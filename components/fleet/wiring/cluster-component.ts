import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { FluxBootstrap } from "../../bootstrap/flux-bootstrap-component.js";
import type { FluxBootstrapArgs } from "../../bootstrap/flux-bootstrap-component.js";
import { clusterProvider } from "../../cluster-secret.js";

/** What the Fleet tells one of its clusters. */
export interface ClusterComponentArgs {
  /** Kubeconfig text; a secret. */
  readonly kubeconfig: string;
  /** Everything about the reachable cluster; absent for one that does not answer in this run. */
  readonly bootstrap: Omit<FluxBootstrapArgs, "provider"> | undefined;
}

/**
 * One cluster of a fleet in the resource tree: its Kubernetes provider and what it takes for Flux to
 * follow the fleet repository there. Created by `Fleet`.
 */
export class Cluster extends pulumi.ComponentResource {
  /** The provider that every object of this cluster is applied with. */
  readonly provider: kubernetes.Provider;
  /** Done when Flux runs; undefined for a cluster that does not answer. */
  readonly installed: pulumi.Resource | undefined;

  constructor(
    name: string,
    clusterIdentifier: string,
    args: ClusterComponentArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("pulumi-flux-fleet:index:Cluster", name, {}, opts);
    this.provider = clusterProvider(`${name}-provider`, clusterIdentifier, args.kubeconfig, {
      parent: this,
    });
    const { bootstrap } = args;
    this.installed = new FluxBootstrap(
      `${name}-flux`,
      bootstrap && { ...bootstrap, provider: this.provider },
      { parent: this },
    ).installed;
    this.registerOutputs({});
  }
}

import * as pulumi from "@pulumi/pulumi";
import { clusterSecret } from "../cluster-secret.js";
import type { ClusterSecretArgs } from "../cluster-secret.js";

/** Arguments of {@link AgeIdentity}. */
export type AgeIdentityArgs = ClusterSecretArgs;

/**
 * The age identity of one cluster: Secret `flux-system/sops-age`, applied by Pulumi and never in Git.
 * It stays in the cluster when it leaves the state.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#decryption
 */
export class AgeIdentity extends pulumi.ComponentResource {
  constructor(name: string, args: AgeIdentityArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("pulumi-flux-fleet:index:AgeIdentity", name, {}, opts);
    clusterSecret(`${name}-secret`, args, { parent: this });
    this.registerOutputs({});
  }
}

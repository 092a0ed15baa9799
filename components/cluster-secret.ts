import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { isUnknown } from "../graph/values/unknown-value.js";
import type { PlannedSecret } from "./fleet/rendered.js";

/** Who owns the fields of Secrets that Pulumi applies, the same in every run, stack and state. */
export const fieldManager = "pulumi-flux-fleet";

/** Where a Secret goes and what its cluster was when this run looked. */
export interface ClusterSecretArgs {
  readonly secret: Pick<
    PlannedSecret,
    "name" | "namespace" | "labels" | "annotations" | "type" | "immutable"
  >;
  /** Texts by key. They reach the engine as secrets, whatever they were. */
  readonly values: pulumi.Input<Readonly<Record<string, pulumi.Input<string>>>>;
  /** UID of the cluster: a rebuilt one has another, and gets the Secret again. @default not noticed */
  readonly clusterUid?: string;
}

/**
 * A Secret that Pulumi applies and Git never holds. It stays in the cluster when it leaves the state,
 * and is taken over when it exists already, so `destroy`, lost state and another stack are harmless.
 */
export function clusterSecret(
  name: string,
  { secret, values, clusterUid }: ClusterSecretArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.Secret {
  const encoded = pulumi.output(values).apply((plain) => {
    const entries = Object.entries(plain);
    // A saved plan has to hold when the value is there.
    if (entries.some(([, text]) => isUnknown(text))) return pulumi.unknown as typeof plain;
    return Object.fromEntries(
      entries.map(([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")]),
    );
  });
  return new kubernetes.core.v1.Secret(
    name,
    {
      metadata: {
        name: secret.name,
        namespace: secret.namespace,
        labels: { ...secret.labels },
        annotations: {
          ...secret.annotations,
          "pulumi.com/patchFieldManager": fieldManager,
          // Nobody else writes these keys for good: what drifted, or what `flux bootstrap` made, is taken over.
          "pulumi.com/patchForce": "true",
        },
      },
      type: secret.type ?? "Opaque",
      ...(secret.immutable === true ? { immutable: true } : {}),
      // `data`, not `stringData`: under server-side apply a key that left `stringData` stays in the cluster.
      data: pulumi.secret(encoded),
    },
    { retainOnDelete: true, replacementTrigger: clusterUid, ...opts },
  );
}

/** A provider with the settings that Secrets of a fleet need. */
export function clusterProvider(
  name: string,
  cluster: string,
  kubeconfig: pulumi.Input<string>,
  opts: pulumi.ResourceOptions,
): kubernetes.Provider {
  return new kubernetes.Provider(
    name,
    {
      kubeconfig: pulumi.secret(kubeconfig),
      // Without it a changed kubeconfig may replace the provider, and with it everything it applied.
      clusterIdentifier: cluster,
      enableSecretMutable: true,
      upsertExistingObjects: true,
      kubeClientSettings: { qps: 200, burst: 400 },
    },
    opts,
  );
}

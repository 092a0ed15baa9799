import * as pulumi from "@pulumi/pulumi";
import type { Finding } from "../../errors.js";
import { clusterSecret } from "../cluster-secret.js";
import { refuse } from "../resource-error.js";
import { ageSecretEntry, ageSecretLabels, ageSecretName } from "./age-secret.js";
import { keptSecret } from "../kept-secret.js";
import { generateIdentity } from "./sealing/index.js";
import type { GeneratedIdentity } from "./sealing/index.js";

/** Arguments of {@link AgeIdentity}. */
export interface AgeIdentityArgs {
  /**
   * A higher one makes a new identity beside those before it, which stay: history stays readable.
   *
   * @default 1
   */
  readonly generation?: number;
  /** Whether new identities are ML-KEM-768 with X25519; needs Flux 2.9 and sops 3.12. @default false */
  readonly postQuantum?: boolean;
  /**
   * The Secret that holds the identities of all generations, applied with the provider of the
   * component. @default none: the identities are kept and installed nowhere
   */
  readonly secret?: {
    /** The Namespace whose Kustomizations decrypt with it. It has to exist. */
    readonly namespace: string;
    /** @default "sops-age" */
    readonly name?: string;
  };
  /** Whether the state refuses to forget the identities. @default true */
  readonly protect?: boolean;
}

/**
 * An age identity that is made once and kept, encrypted, in the state. It survives `destroy`, which
 * the engine refuses, a rename with an alias, and everything but the loss of the state itself.
 *
 * A `Fleet` makes those of its clusters and tenants by itself.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#decryption
 * @example
 * ```ts
 * import * as kubernetes from "@pulumi/kubernetes";
 * import { AgeIdentity } from "pulumi-flux-fleet";
 *
 * const provider = new kubernetes.Provider("staging");
 * const identity = new AgeIdentity(
 *   "staging",
 *   { secret: { namespace: "flux-system" } },
 *   { provider },
 * );
 * export const recipient = identity.recipient;
 * ```
 */
export class AgeIdentity extends pulumi.ComponentResource {
  /** What to encrypt to: `age1…` of the newest generation; unknown in a preview that would make it. */
  readonly recipient: pulumi.Output<string>;
  /** The identities of all generations, oldest first; secrets. */
  readonly generations: readonly pulumi.Output<GeneratedIdentity | undefined>[];

  constructor(
    name: string,
    args: AgeIdentityArgs = {},
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("pulumi-flux-fleet:index:AgeIdentity", name, {}, opts);
    const { generation: count = 1, postQuantum = false, protect = true, secret } = args;
    refuse(generationFindings(name, count), this);
    this.generations = Array.from({ length: count }, (_, index) =>
      keptSecret(`${name}-${String(index + 1)}`, () => generateIdentity({ postQuantum }), {
        parent: this,
        protect,
      }),
    );
    this.recipient = pulumi.unsecret(
      pulumi.output(this.generations.at(-1)).apply((newest) => newest?.recipient ?? ""),
    );
    if (secret !== undefined) install(name, secret, this);
    this.registerOutputs({ recipient: this.recipient });
  }
}

function generationFindings(name: string, generation: number): readonly Finding[] {
  if (Number.isSafeInteger(generation) && generation > 0) return [];
  return [
    {
      code: "INVALID_ARGUMENT",
      path: `AgeIdentity ${JSON.stringify(name)}: generation`,
      problem: "It is not a whole number above zero.",
      remedy: "Count generations from 1, and leave none out.",
    },
  ];
}

function install(
  name: string,
  { namespace, name: secretName = ageSecretName }: NonNullable<AgeIdentityArgs["secret"]>,
  identity: AgeIdentity,
): void {
  const values = pulumi
    .all([...identity.generations])
    .apply((all) =>
      Object.fromEntries(
        all.flatMap((one) =>
          one === undefined ? [] : [[ageSecretEntry(name, one.recipient), one.identity]],
        ),
      ),
    );
  const secret = { name: secretName, namespace, labels: ageSecretLabels };
  clusterSecret(`${name}-secret`, { secret, values }, { parent: identity });
}

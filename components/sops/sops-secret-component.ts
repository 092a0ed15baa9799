import * as pulumi from "@pulumi/pulumi";
import type { Finding } from "../../errors.js";
import { asResourceError, refuse } from "../resource-error.js";
import { keptSecret } from "../kept-secret.js";
import { recipientListFindings } from "./recipients.js";
import { envelopes, newSealSeed, sealSecret } from "./sealing/index.js";
import type { Envelope } from "./sealing/index.js";
import { secretObject } from "./secrets/secret-object.js";
import type { SecretPart } from "./secrets/secret.js";

/** Arguments of {@link SopsSecret}. */
export interface SopsSecretArgs {
  /** The Secret, as `opaqueSecret` and its like make it. It has to name its Namespace. */
  readonly secret: SecretPart;
  /** Who can read it: age recipients. Another list is another data key. */
  readonly recipients: readonly pulumi.Input<string>[];
}

/** What one Secret is sealed with, as the state holds it. */
interface KeptEnvelope extends Omit<Envelope, "dataKey"> {
  /** In hexadecimal digits. */
  readonly dataKey: string;
}

/**
 * One Secret, encrypted as a manifest that sops, age and Flux read, for people who commit it
 * themselves. The text stays the same until the Secret or its recipients change; a changed value
 * changes its line and that of the authentication code. Inside a Fleet, declare `secrets` instead.
 *
 * @example
 * ```ts
 * import * as pulumi from "@pulumi/pulumi";
 * import { AgeIdentity, opaqueSecret, SopsSecret } from "pulumi-flux-fleet";
 *
 * const password = new pulumi.Config().requireSecret("password");
 * const { recipient } = new AgeIdentity("staging");
 * const { manifest } = new SopsSecret("payment-db", {
 *   secret: opaqueSecret("payment-db", { password }, { namespace: "payments" }),
 *   recipients: [recipient],
 * });
 * export const text = manifest;
 * ```
 */
export class SopsSecret extends pulumi.ComponentResource {
  /** The encrypted manifest, which everybody may read; unknown in a preview that would encrypt anew. */
  readonly manifest: pulumi.Output<string>;

  constructor(name: string, args: SopsSecretArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("pulumi-flux-fleet:index:SopsSecret", name, {}, opts);
    const { secret } = args;
    const title = `SopsSecret ${JSON.stringify(name)}`;
    refuse(namespaceFindings(secret, title), this);
    const recipients = pulumi.unsecret(pulumi.all([...args.recipients]));
    const checked = recipients.apply((readers) => {
      refuse(recipientListFindings(readers, `${title}: recipients`), this);
      return [...new Set(readers)].sort();
    });
    // Not from what was checked: the engine would wait for ever for the trigger of a refused list.
    const trigger = recipients.apply((readers) => [...new Set(readers)].sort().join(","));
    const envelope = keptEnvelope(name, checked, trigger, { parent: this });
    const part = pulumi.output(secret) as pulumi.Output<SecretPart<string>>;
    this.manifest = pulumi.unsecret(
      pulumi.all([part, envelope, checked]).apply(([plain, kept]) => {
        if (kept === undefined) return pulumi.unknown as string;
        const object = secretObject(plain, { namespace: "" });
        try {
          return sealSecret(object, { ...kept, dataKey: Buffer.from(kept.dataKey, "hex") });
        } catch (error) {
          throw asResourceError(error, this);
        }
      }),
    );
    this.registerOutputs({ manifest: this.manifest });
  }
}

/** Made when the recipients change, and kept until then. */
function keptEnvelope(
  name: string,
  recipients: pulumi.Output<readonly string[]>,
  trigger: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<KeptEnvelope | undefined> {
  const make = (): pulumi.Output<KeptEnvelope> =>
    recipients.apply(async (readers) => {
      const place = { path: name, recipients: readers };
      const none = { textAt: () => undefined, proofAt: () => undefined };
      const made = await envelopes([place], newSealSeed(new Date()), none, { makeFresh: true });
      const { dataKey, ...rest } = made.envelopes.get(name) ?? missing();
      return { ...rest, dataKey: Buffer.from(dataKey).toString("hex") };
    });
  return keptSecret(`${name}-envelope`, make, {
    ...opts,
    // What it is lost with can be encrypted again, so nothing has to keep it.
    protect: false,
    replacementTrigger: trigger,
  });
}

function missing(): never {
  throw new TypeError("an envelope that may be made is made");
}

function namespaceFindings({ args }: SecretPart, title: string): readonly Finding[] {
  if (args.namespace !== undefined) return [];
  return [
    {
      code: "INVALID_SECRET",
      path: `${title}: secret.namespace`,
      problem: "The Secret names no Namespace, and belongs to no tenant that has one.",
      remedy: "Give its Namespace with the options of the Secret.",
    },
  ];
}

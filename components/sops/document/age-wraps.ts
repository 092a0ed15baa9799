import type * as Age from "age-encryption";
import { pluginOf } from "../recipients.js";
import type { WrappedKey } from "./metadata.js";
import { notWrapped, wrapWithPlugin } from "./plugin-wraps.js";
import { combineShares } from "./shamir.js";

/** age is an ES module, loaded when first used: `import()` works on every Node that we support. */
export async function loadAge(): Promise<typeof Age> {
  return import("age-encryption");
}

/**
 * The data key once for each recipient, each an age file of its own, as SOPS keeps them.
 *
 * @param plugins - names of the age plugins that may be run
 * @throws FleetError SOPS_WRAP_FAILED
 */
export async function wrapDataKey(
  dataKey: Uint8Array,
  recipients: readonly string[],
  plugins: readonly string[] = [],
): Promise<readonly WrappedKey[]> {
  return Promise.all(
    recipients.map(async (recipient) => {
      const plugin = pluginOf(recipient);
      if (plugin === undefined) {
        return { recipient, enc: await wrapForRecipient(dataKey, recipient) };
      }
      if (!plugins.includes(plugin)) throw notWrapped(recipient, "its plugin is not allowed");
      return { recipient, enc: await wrapWithPlugin(dataKey, recipient) };
    }),
  );
}

async function wrapForRecipient(dataKey: Uint8Array, recipient: string): Promise<string> {
  const age = await loadAge();
  try {
    const encrypter = new age.Encrypter();
    encrypter.addRecipient(recipient);
    return age.armor.encode(await encrypter.encrypt(dataKey));
  } catch {
    throw notWrapped(recipient, "age does not take it");
  }
}

/** The data key; undefined when the identities open none, or not enough, of its wraps. */
export async function unwrapDataKey(
  groups: readonly (readonly WrappedKey[])[],
  threshold: number,
  identities: readonly string[],
): Promise<Uint8Array | undefined> {
  const opened = await Promise.all(groups.map((group) => openGroup(group, identities)));
  const parts = opened.filter((part) => part !== undefined);
  const isEnough = parts.length >= threshold;
  const dataKey = groups.length === 1 ? parts[0] : isEnough ? combineShares(parts) : undefined;
  return dataKey?.length === 32 ? dataKey : undefined;
}

async function openGroup(
  group: readonly WrappedKey[],
  identities: readonly string[],
): Promise<Uint8Array | undefined> {
  for (const { enc } of group) {
    const part = await openAgeFile(enc, identities);
    if (part !== undefined) return part;
  }
  return undefined;
}

/** The content of an age file in armor; undefined for whatever reason it cannot be opened. */
export async function openAgeFile(
  armored: string,
  identities: readonly string[],
): Promise<Uint8Array | undefined> {
  const age = await loadAge();
  const decrypter = new age.Decrypter();
  try {
    for (const identity of identities) decrypter.addIdentity(identity);
    return await decrypter.decrypt(age.armor.decode(armored));
  } catch {
    // What age says may repeat what it read.
    return undefined;
  }
}

import { timingSafeEqual } from "node:crypto";
import { FleetError } from "../../../errors.js";
import { readEncrypted } from "../document/formats.js";
import { readMetadata, type WrappedKey } from "../document/metadata.js";
import { sortedRecipients, type Envelope, type SealedPlace } from "./envelope.js";
import type { SealKeys } from "./seed.js";

/** What the head of the branch holds of the files to seal. */
export interface KnownFiles {
  /** The text of a file, undefined when there is none. */
  textAt(path: string): string | undefined;
  /** The proof that was recorded with it. */
  proofAt(path: string): string | undefined;
}

/** What is known of one file: its envelope, or why it needs another one. */
export type KnownWraps =
  | { readonly envelope: Envelope }
  /** `absent`: no file · `recipients`: ours, for others · `seed`: of another seed · `unproven` */
  | { readonly fresh: "absent" | "recipients" | "seed" | "unproven" };

/**
 * The envelope of a file from its own text. Its wraps are taken only when the recorded proof shows
 * that they were made here, for this path and these recipients: whoever can write to the repository
 * can put any wrap there, and nobody without an identity can look into one.
 */
export function knownWraps(place: SealedPlace, keys: SealKeys, known: KnownFiles): KnownWraps {
  const text = known.textAt(place.path);
  if (text === undefined) return { fresh: "absent" };
  const proof = known.proofAt(place.path);
  if (proof === undefined) return { fresh: "unproven" };
  if (!proof.startsWith(`${keys.id}.`)) return { fresh: "seed" };
  const wraps = wrapsIn(text);
  const present = wraps.map(({ recipient }) => recipient);
  const dataKey = keys.dataKey(place.path, present);
  const pairs = wraps.map(({ recipient, enc }) => [recipient, enc] as const);
  if (!isSame(proof, keys.proofOf(place.path, dataKey, pairs))) return { fresh: "unproven" };
  const wanted = sortedRecipients(place);
  const isWanted = wanted.length === present.length && wanted.every((r, i) => r === present[i]);
  if (!isWanted) return { fresh: "recipients" };
  return { envelope: { dataKey, wraps, lastModified: keys.lastModified, proof } };
}

// How this library and SOPS write the list; what is found here is proven, so nothing else is read.
const list =
  /\nsops:\n {4}age:\n((?: {8}- enc: \|\n(?: {12}\S+(?: \S+)*\n)+ {10}recipient: \S+\n)+) {4}e/;
const item = / {8}- enc: \|\n((?: {12}.*\n)+) {10}recipient: (\S+)\n/g;

/** The wraps in the text of a file; none when it cannot be read, or is not of one group. */
function wrapsIn(text: string): readonly WrappedKey[] {
  const [, items] = list.exec(text) ?? [];
  if (items !== undefined) {
    return [...items.matchAll(item)].map(([, enc = "", recipient = ""]) => ({
      ...{ recipient, enc: enc.replaceAll(" ".repeat(12), "") },
    }));
  }
  try {
    const { keyGroups } = readMetadata(readEncrypted(text, "yaml").metadata);
    return keyGroups.length === 1 ? (keyGroups[0] ?? []) : [];
  } catch (thrown) {
    if (FleetError.is(thrown)) return [];
    throw thrown;
  }
}

function isSame(proof: string, expected: string): boolean {
  const [one, other] = [Buffer.from(proof), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

import type { WrappedKey } from "../document/metadata.js";

/** One file that is to be sealed. */
export interface SealedPlace {
  /** From the root of the repository. */
  readonly path: string;
  /** Everybody who can open it, age recipients without findings, in any order. */
  readonly recipients: readonly string[];
}

/** What one file is sealed with. It is a secret. */
export interface Envelope {
  /** 32 bytes. */
  readonly dataKey: Uint8Array;
  /** The data key for each recipient, in their order. */
  readonly wraps: readonly WrappedKey[];
  /** RFC 3339, whole seconds. */
  readonly lastModified: string;
  /** Proves the wraps when the file is read again; not a secret, kept in the ownership file. */
  readonly proof: string;
}

/** The recipients as they stand in the file and in the derivation of its key: each once, sorted. */
export function sortedRecipients({ recipients }: SealedPlace): readonly string[] {
  return [...new Set(recipients)].sort();
}

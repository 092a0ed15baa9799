import { loadAge } from "../document/age-wraps.js";

/** A new age key pair. */
export interface GeneratedIdentity {
  /** The private key, `AGE-SECRET-KEY-…`. It is a secret. */
  readonly identity: string;
  /** The public key, `age1…`. */
  readonly recipient: string;
}

/** Makes an age identity: X25519, or ML-KEM-768 with X25519, which Flux 2.9 and later read. */
export async function generateIdentity({
  postQuantum = false,
}: { readonly postQuantum?: boolean } = {}): Promise<GeneratedIdentity> {
  const age = await loadAge();
  const identity = await (postQuantum
    ? age.generateHybridIdentity()
    : age.generateX25519Identity());
  return { identity, recipient: await age.identityToRecipient(identity) };
}

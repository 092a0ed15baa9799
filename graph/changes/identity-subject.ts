import { quoted } from "../values/names.js";
import { isUnknown } from "../values/unknown-value.js";
import type { AgeObservation, DeclaredAge, RecordedAge } from "./identities.js";

/** The identity of a cluster or tenant, as far as its rotation goes. */
export interface AgeSubject {
  readonly part: { readonly kind: "cluster" | "tenant"; readonly name: string };
  readonly declared: DeclaredAge;
  /** What the commit at head says. */
  readonly head: RecordedAge | undefined;
  /** What this commit says. */
  readonly age: RecordedAge;
  readonly seen?: AgeObservation | undefined;
  /** Recipients whose identities are at hand; undefined when that does not matter or is not known. */
  readonly known: readonly string[] | undefined;
  /** Whether the fleet makes the identity. */
  readonly isGenerated: boolean;
  /** Whether Pulumi or Flux can install the identity. */
  readonly isInReach: boolean;
  /** Whether a post-quantum identity is declared. */
  readonly postQuantum: boolean;
}

/** A recipient as people recognise it; post-quantum ones have two thousand characters. */
export function shownRecipient(recipient: string): string {
  if (isUnknown(recipient)) return "the one that this `up` makes";
  // Somebody may have put a private key there.
  if (!/^age1[a-z0-9]+$/.test(recipient)) return "a recipient that is none";
  return recipient.length > 70 ? `${recipient.slice(0, 24)}…` : recipient;
}

/** Where a finding about the identity of a part belongs. */
export function agePath({ part: { kind, name } }: AgeSubject, field = ""): string {
  const title = kind === "cluster" ? "Cluster" : "Tenant";
  return `${title} ${quoted(name)}: age${field}`;
}

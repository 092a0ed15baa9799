/** A phase in which the identity of a cluster or tenant changes; none of them: it is settled. */
export type AgePhase = "introducing" | "reencrypting";

/** What the repository remembers about the identity of a cluster or tenant. */
export interface RecordedAge {
  /** The recipient that everything is encrypted to; the one that goes while the identity changes. */
  readonly recipient: string;
  /** Present while the identity changes. */
  readonly phase?: AgePhase;
  /** The recipient that comes; present with `phase`. */
  readonly next?: string;
}

/** What a person states instead of an observation, of one recipient, so that it serves one rotation only. */
export interface AgeConfirmation {
  /** The recipient that comes. */
  readonly recipient: string;
  /**
   * `installed`: the Secret holds the identity of this recipient beside the old one. `applied`:
   * everything that decrypts reads files of this recipient.
   */
  readonly step: "installed" | "applied";
}

/** An identity that must not be used any more. */
export interface AgeAbandonment {
  /** The recipient whose identity leaked or is lost. */
  readonly recipient: string;
  /** Why it goes without overlap; read by reviewers. */
  readonly reason: string;
}

/** The identity that is declared, as far as its rotation goes. */
export interface DeclaredAge {
  /** The recipient to get to; may be unknown in a preview. */
  readonly recipient: string;
  /** What a person saw where this run cannot look. @default nothing */
  readonly confirmed?: AgeConfirmation | undefined;
  /** What goes at once, without overlap. @default nothing */
  readonly abandon?: AgeAbandonment | undefined;
}

/** What was seen of an identity that changes. What was not seen is left out, and counts as no. */
export interface AgeObservation {
  /** Recipients of the identities in every live Secret it belongs to, derived in memory. */
  readonly installed?: readonly string[];
  /** Kustomizations that decrypt with it and have not applied the commit at head. */
  readonly behind?: readonly string[];
  /** Kustomizations that decrypt with it and read files that this fleet does not write. */
  readonly foreign?: readonly string[];
}

/** Who has to be able to read what, in one commit. */
export interface AgeRecipients {
  /** What this commit encrypts to. */
  readonly encryptTo: string;
  /** Recipients whose identities the Secret holds, the one that is encrypted to first. */
  readonly installed: readonly string[];
}

/**
 * The phase that this commit renders: one step further than the head if the head's phase is done
 * everywhere, else the head's own. At every step the Secret holds the identities of all files that the
 * cluster may still read, so the run may end anywhere, and any cluster may be away.
 *
 * settled (old) → introducing (Secret: old and new; files: old) → reencrypting (Secret: both; files:
 * new) → settled (new)
 */
export function nextAge(
  declared: DeclaredAge,
  head: RecordedAge | undefined,
  seen: AgeObservation = {},
): RecordedAge {
  const { recipient } = declared;
  if (head === undefined) return { recipient };
  const current = encryptedTo(head);
  if (declared.abandon?.recipient === current) return { recipient };
  if (declared.abandon !== undefined && declared.abandon.recipient === otherOf(head)) {
    return fromSettled(recipient, current);
  }
  if (head.phase === "reencrypting") return fromReencrypting(declared, head, seen);
  const introduced =
    head.phase === "introducing" && head.next === recipient && isInstalled(declared, seen);
  return introduced
    ? { recipient: current, phase: "reencrypting", next: recipient }
    : fromSettled(recipient, current);
}

function fromSettled(recipient: string, current: string): RecordedAge {
  return recipient === current
    ? { recipient }
    : { recipient: current, phase: "introducing", next: recipient };
}

function fromReencrypting(
  declared: DeclaredAge,
  head: RecordedAge,
  seen: AgeObservation,
): RecordedAge {
  const { recipient } = declared;
  const current = encryptedTo(head);
  // The way back: both identities are there already, and files of both may still be applied.
  if (recipient === head.recipient) {
    const isThere = seen.installed?.includes(recipient) !== false;
    return isThere ? { recipient: current, phase: "reencrypting", next: recipient } : head;
  }
  // A third one has to wait until the second has arrived: two identities are beside each other, never three.
  return isApplied(declared, current, seen) ? fromSettled(recipient, current) : head;
}

function isInstalled(
  { recipient, confirmed }: DeclaredAge,
  { installed }: AgeObservation,
): boolean {
  // What was seen counts more than what was said.
  if (installed !== undefined) return installed.includes(recipient);
  return confirmed?.step === "installed" && confirmed.recipient === recipient;
}

function isApplied(
  { recipient, confirmed }: DeclaredAge,
  current: string,
  { behind, foreign = [] }: AgeObservation,
): boolean {
  if (behind?.length === 0 && foreign.length === 0) return true;
  const isStated = confirmed?.step === "applied" && confirmed.recipient === recipient;
  return isStated && recipient === current && (behind ?? []).length === 0;
}

/** The recipient that files are encrypted to in a phase. */
export function encryptedTo({ recipient, phase, next }: RecordedAge): string {
  return phase === "reencrypting" ? (next ?? recipient) : recipient;
}

/** The identity that is there for the change only. */
function otherOf({ recipient, phase, next }: RecordedAge): string | undefined {
  return phase === "reencrypting" ? recipient : next;
}

/** Who can read what in a phase. */
export function ageRecipients(age: RecordedAge): AgeRecipients {
  const encryptTo = encryptedTo(age);
  const other = otherOf(age);
  return { encryptTo, installed: other === undefined ? [encryptTo] : [encryptTo, other] };
}

/** What has to be seen before an identity in this phase goes further, as a sentence; none when it is settled. */
export function awaitedAge(phase: AgePhase | undefined): string | undefined {
  switch (phase) {
    case "introducing":
      return "the Secret is seen to hold the new identity beside the old one";
    case "reencrypting":
      return "everything that decrypts with it is seen to have applied the files of the new one";
    case undefined:
      return undefined;
    default:
      return unreachable(phase);
  }
}

function unreachable(phase: never): never {
  throw new TypeError(`unknown phase ${String(phase)}`);
}

import type { Finding } from "../../../errors.js";
import { wrapDataKey } from "../document/age-wraps.js";
import { sortedRecipients, type Envelope, type SealedPlace } from "./envelope.js";
import { knownWraps, type KnownFiles } from "./known-wraps.js";
import { sealKeys, type SealKeys, type SealSeed } from "./seed.js";

/** How envelopes are made. */
export interface EnvelopeOptions {
  /** Whether data keys may be wrapped; without it only proven wraps are used, as in a preview. */
  readonly makeFresh: boolean;
  /** Names of age plugins whose recipients may be used, `["yubikey"]`. @default none */
  readonly plugins?: readonly string[];
}

/** The envelopes of files, and what is to be said about them. */
export interface Envelopes {
  /** By path. Files in `fresh` are missing when none may be made. */
  readonly envelopes: ReadonlyMap<string, Envelope>;
  /** The files whose data key is, or would be, wrapped anew; in the order of the places. */
  readonly fresh: readonly string[];
  /** Warnings: SOPS_WRAP_UNPROVEN. */
  readonly findings: readonly Finding[];
}

/** So many files are wrapped at once. */
const batch = 32;

/**
 * What each file is sealed with: data keys from the seed, wraps from the text at the head when they
 * are proven, and new ones otherwise.
 *
 * @throws FleetError SOPS_SEED_DAMAGED, SOPS_WRAP_FAILED
 */
export async function envelopes(
  places: readonly SealedPlace[],
  seed: SealSeed,
  known: KnownFiles,
  options: EnvelopeOptions,
): Promise<Envelopes> {
  const keys = sealKeys(seed);
  const made = new Map<string, Envelope>();
  const fresh: SealedPlace[] = [];
  const findings: Finding[] = [];
  let ofAnotherSeed = 0;
  for (const place of places) {
    const read = knownWraps(place, keys, known);
    if ("envelope" in read) {
      made.set(place.path, read.envelope);
      continue;
    }
    fresh.push(place);
    if (read.fresh === "unproven") findings.push(unproven(place.path));
    if (read.fresh === "seed") ofAnotherSeed++;
  }
  if (ofAnotherSeed > 0) findings.push(otherSeed(ofAnotherSeed));
  if (options.makeFresh) {
    for (let start = 0; start < fresh.length; start += batch) {
      const some = fresh.slice(start, start + batch);
      const wrapped = await Promise.all(
        some.map((place) => newEnvelope(place, keys, options.plugins)),
      );
      wrapped.forEach((envelope, index) => made.set(some[index]?.path ?? "", envelope));
    }
  }
  return { envelopes: made, fresh: fresh.map(({ path }) => path), findings };
}

async function newEnvelope(
  place: SealedPlace,
  keys: SealKeys,
  plugins?: readonly string[],
): Promise<Envelope> {
  const recipients = sortedRecipients(place);
  const dataKey = keys.dataKey(place.path, recipients);
  const wraps = await wrapDataKey(dataKey, recipients, plugins);
  const pairs = wraps.map(({ recipient, enc }) => [recipient, enc] as const);
  const proof = keys.proofOf(place.path, dataKey, pairs);
  return { dataKey, wraps, lastModified: keys.lastModified, proof };
}

function unproven(path: string): Finding {
  return {
    code: "SOPS_WRAP_UNPROVEN",
    path,
    problem:
      "The keys in the encrypted file at the head are not proven to be ours for this path; it is encrypted anew.",
    remedy: "Look at who changed the file or its proof in the ownership file.",
    severity: "warning",
  };
}

function otherSeed(count: number): Finding {
  return {
    code: "SOPS_WRAP_UNPROVEN",
    path: "sops.seedGeneration",
    problem: `The seed is not the one of ${String(count)} encrypted files at the head; they are encrypted anew.`,
    remedy: "If the seed was not changed on purpose, look for the state that holds the former one.",
    severity: "warning",
  };
}

import assert from "node:assert/strict";
import { envelopes, sealSecret } from "../../components/sops/sealing/index.js";
import type {
  Envelope,
  Envelopes,
  KnownFiles,
  SealedPlace,
  SealSeed,
} from "../../components/sops/sealing/index.js";
import type { KubernetesSecret } from "../../sops.js";
import { recipients } from "../fixtures/fleets.js";

/** A seed for tests. */
export const seed: SealSeed = { secret: "5a".repeat(32), createdAt: "2026-01-31T08:00:00Z" };
/** Where one file is. */
export const path = "secrets/production/eu/web/secret-db.yaml";
/** It, for one reader. */
export const own: SealedPlace = { path, recipients: [recipients[0]] };
const nothing: KnownFiles = { textAt: () => undefined, proofAt: () => undefined };

/** A Secret. */
export function secret(data: Readonly<Record<string, string>>): KubernetesSecret {
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "db" }, stringData: data };
}

/** Envelopes where nothing is known. */
export async function fresh(places: readonly SealedPlace[] = [own], of = seed): Promise<Envelopes> {
  return envelopes(places, of, nothing, { makeFresh: true });
}

/** By path: the text of a file and the recorded proof. */
export type Head = ReadonlyMap<string, { readonly text?: string; readonly proof?: string }>;

/** What the head holds after files were sealed and their proofs recorded. */
export function headOf({ envelopes: made }: Envelopes, data = { a: "1" }): Head {
  return new Map(
    [...made].map(([at, envelope]) => [
      at,
      { text: sealSecret(secret(data), envelope), proof: envelope.proof },
    ]),
  );
}

/** Envelopes of what the head holds, as in a preview. */
export async function again(
  head: Head,
  places: readonly SealedPlace[] = [own],
  of = seed,
): Promise<Envelopes> {
  const known: KnownFiles = {
    textAt: (at) => head.get(at)?.text,
    proofAt: (at) => head.get(at)?.proof,
  };
  return envelopes(places, of, known, { makeFresh: false });
}

/** The first envelope. */
export function only({ envelopes: made }: Envelopes): Envelope {
  const [envelope] = made.values();
  assert.ok(envelope);
  return envelope;
}

import { randomBytes } from "node:crypto";
import { derivedKey, extractedKey } from "../document/derived-key.js";
import { refusal } from "../document/refusal.js";
import { wholeSeconds } from "../document/timestamp.js";

/** What all files of one owner are sealed from. It is a secret, kept in the state and nowhere else. */
export interface SealSeed {
  /** 32 random bytes as 64 hexadecimal digits. */
  readonly secret: string;
  /** When it was made, RFC 3339 in whole seconds, `2026-01-31T08:00:00Z`; `lastmodified` of the files. */
  readonly createdAt: string;
}

/** A new seed. Everything that is sealed with another one will be encrypted anew. */
export function newSealSeed(now: Date): SealSeed {
  return {
    secret: randomBytes(32).toString("hex"),
    createdAt: now.toISOString().replace(/\.\d+Z$/, "Z"),
  };
}

/** The keys that a seed stands for, each for one purpose only. */
export interface SealKeys {
  readonly lastModified: string;
  /** Tells proofs of this seed from those of another; says nothing about the seed. */
  readonly id: string;
  /** The key of the values of one file. Another list of recipients is another key. */
  dataKey(path: string, recipients: readonly string[]): Uint8Array;
  /** Proves that wraps were made by whoever holds the seed, for this file. */
  proofOf(path: string, dataKey: Uint8Array, wraps: readonly (readonly [string, string])[]): string;
}

/** The keys of a seed. @throws FleetError SOPS_SEED_DAMAGED */
export function sealKeys(seed: SealSeed): SealKeys {
  const { secret, createdAt } = readSeed(seed);
  const root = extractedKey("pulumi-flux-fleet/sops/seed/v1", Buffer.from(secret, "hex"));
  const proofKey = derivedKey(root, "wrap-proof-key/v1", []);
  const id = derivedKey(root, "seed-id/v1", []).toString("hex").slice(0, 8);
  return {
    ...{ id, lastModified: createdAt },
    dataKey: (path, recipients) => derivedKey(root, "data-key/v1", [path, ...recipients]),
    proofOf(path, dataKey, wraps) {
      const keyId = derivedKey(dataKey, "data-key-id/v1", []);
      const fields = [path, keyId, createdAt, ...wraps.flat()];
      return `${id}.${derivedKey(proofKey, "wraps/v1", fields).toString("base64url")}`;
    },
  };
}

function readSeed(seed: unknown): SealSeed {
  const { secret, createdAt } = Object(seed) as Record<keyof SealSeed, unknown>;
  if (
    typeof secret === "string" &&
    /^[0-9a-f]{64}$/.test(secret) &&
    typeof createdAt === "string" &&
    /Z$/.test(createdAt) &&
    wholeSeconds(createdAt) === createdAt
  ) {
    return { secret, createdAt };
  }
  throw refusal(
    "SOPS_SEED_DAMAGED",
    "sops",
    "The seed of the encrypted files in the state is not what this library wrote (it is not shown).",
    "Restore the state from its history, or raise `sops.seedGeneration` to encrypt everything anew.",
  );
}

import { readFileSync, writeFileSync } from "node:fs";
import { envelopes, sealSecret } from "../components/sops/sealing/index.js";
import type { KubernetesSecret } from "../sops.js";
import { mainThread } from "./main-thread.js";

/** What a process is told. */
export interface SopsOrder {
  /** `fresh`: wraps, seals and reads back; `unchanged`: the same with the texts of the head. */
  readonly phase: "fresh" | "unchanged";
  readonly files: number;
  readonly recipient: string;
  /** JSON file of the head: written by `fresh`, read by `unchanged`. */
  readonly head: string;
}

/** What it measured, in milliseconds. */
export interface SopsMeasurement {
  readonly wall: number;
  /** Of the main thread while it ran. */
  readonly main: number;
  /** Of all threads. */
  readonly cpu: number;
  /** Loading age and wrapping once, not part of the others. */
  readonly load: number;
}

const seed = { secret: "5a".repeat(32), createdAt: "2026-01-31T08:00:00Z" };

/** A Secret of five values, as the bars are about. */
export function benchSecret(index: number): KubernetesSecret {
  const id = String(index);
  return {
    ...{ apiVersion: "v1", kind: "Secret", type: "Opaque" },
    metadata: { name: "database", namespace: `team-${id}`, labels: { "example.com/team": id } },
    stringData: {
      username: `app-${id}`,
      password: `correct-horse-${id}-battery-staple`,
      host: `db-${id}.example.com`,
      url: `postgres://app-${id}@db-${id}.example.com:5432/main`,
      token: id.padEnd(40, "x"),
    },
  };
}

async function run({ phase, files, recipient, head }: SopsOrder): Promise<void> {
  const places = Array.from({ length: files }, (_, index) => ({
    path: `secrets/production/eu/team-${String(index)}/secret-database.yaml`,
    recipients: [recipient],
  }));
  const secrets = places.map((_, index) => benchSecret(index));
  const isFresh = phase === "fresh";
  const known = new Map(
    isFresh ? [] : (JSON.parse(readFileSync(head, "utf8")) as [string, [string, string]][]),
  );
  const atHead = {
    textAt: (path: string) => known.get(path)?.[0],
    proofAt: (path: string) => known.get(path)?.[1],
  };
  const loading = performance.now();
  if (isFresh) {
    await envelopes([{ path: "", recipients: [recipient] }], seed, atHead, { makeFresh: true });
  }
  const load = performance.now() - loading;
  const [start, before, ran] = [performance.now(), process.cpuUsage(), mainThread()];
  const made = await envelopes(places, seed, atHead, { makeFresh: isFresh });
  const texts = places.map(({ path }, index) => {
    const [envelope, secret] = [made.envelopes.get(path), secrets[index]];
    if (!envelope || !secret) throw new Error(`${path} has no envelope`);
    return [path, [sealSecret(secret, envelope), envelope.proof]] as const;
  });
  const used = process.cpuUsage(before);
  const wall = performance.now() - start;
  const main = mainThread() - ran || wall;
  if (isFresh) writeFileSync(head, JSON.stringify(texts));
  else if (texts.some(([path, [text]]) => known.get(path)?.[0] !== text)) {
    throw new Error("an unchanged Secret has another text");
  }
  const measured: SopsMeasurement = { wall, main, cpu: (used.user + used.system) / 1000, load };
  console.log(JSON.stringify(measured));
}

const [, , order] = process.argv;
if (order !== undefined) void run(JSON.parse(order) as SopsOrder);

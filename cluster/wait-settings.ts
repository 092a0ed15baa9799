import type { FailurePatience } from "./wait-failures.js";
import type { IsAtCommit } from "./wait-judge.js";

/** What all clusters of one waiting share. */
export interface WaitSettings {
  readonly commit: string;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly commits: CommitKnowledge;
  readonly failures: FailurePatience;
  /** Milliseconds a cluster may not answer before it is given up. */
  readonly unreachableMs: number;
  /** Milliseconds that tenants' own Kustomizations get after all else is settled. */
  readonly tenantMs: number;
  readonly onProgress: (cluster: string, line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Knows which commits contain the one that is waited for. */
export interface CommitKnowledge {
  /** Finds out about commits not known yet. */
  learn(commits: Iterable<string>): Promise<void>;
  readonly isAtCommit: IsAtCommit;
}

import { setTimeout as sleep } from "node:timers/promises";

import { FleetError } from "../errors.js";
import type { Finding } from "../errors.js";
import type { Clone } from "./clone.js";
import { openClone } from "./clone.js";
import type { Change, Declaration, Permissions } from "./compare.js";
import { fastImportStream } from "./fast-import.js";
import type { Identity } from "./fast-import.js";
import { readHeadOf, treeTrailer } from "./head.js";
import type { HeadReader } from "./head.js";
import { ownerOf, ownershipPath } from "./ownership-file.js";
import { lostMarkers } from "./lost-markers.js";
import { planChange } from "./plan.js";
import type { ChangePlan } from "./plan.js";
import { pushCommit } from "./push.js";
import type { Remote } from "./remote.js";

/** How a commit is made. */
export interface PublishOptions extends Permissions {
  /** First lines of the commit message; trailers are added. @default `Update <owner>: <n> files` */
  readonly message?: string;
  /**
   * Whether the owner published before. Then a repository that knows nothing of it gets no values
   * behind image markers, which would be older ones. @default false
   */
  readonly publishedBefore?: boolean;
  /** The owner's former name, whose ownership file goes when there is none of the present name. */
  readonly formerly?: string | undefined;
  /** @default pulumi-flux-fleet with an address that receives no mail */
  readonly author?: Identity;
  /** @default the author */
  readonly committer?: Identity;
  /** The time the commit carries. @default now */
  readonly date?: Date;
  readonly signal?: AbortSignal;
  /** Told in one line when another writer was faster. */
  readonly onProgress?: (line: string) => void;
}

/** Where the declared tree is now. */
export interface Publication {
  /** Our new commit, or the last one that changed the ownership file when nothing had to change. */
  readonly commit: string;
  readonly change: Change;
}

/** What to publish, or how to compute it from the head, which is done again when the head moved. */
export type Declare = Declaration | ((reader: HeadReader) => Declaration | Promise<Declaration>);

/** Attempts before giving up on a branch that others keep moving. */
export const publishAttempts = 12;

const defaultIdentity: Identity = {
  name: "pulumi-flux-fleet",
  email: "pulumi-flux-fleet@users.noreply.invalid",
};

/**
 * Makes the branch carry what is declared: exactly one commit, or none when it does already.
 * Nothing is ever forced. When another writer was faster the head is read again and every check
 * repeated. Safe to repeat after a failure of any kind.
 *
 * @throws FleetError with all reasons against the change, or why the remote refused; in both cases
 * nothing was written. `GIT_CONTENDED` after 12 lost races.
 */
export async function publish(
  remote: Remote,
  owner: string,
  declare: Declare,
  options: PublishOptions = {},
): Promise<Publication> {
  ownershipPath(owner);
  const clone = await openClone(remote, options.signal);
  try {
    for (let attempt = 1; attempt <= publishAttempts; attempt += 1) {
      const started = Date.now();
      const reader = await readHeadOf(clone, owner, options.formerly);
      const declaration = typeof declare === "function" ? await declare(reader) : declare;
      const plan = await planChange(reader, { ...declaration, owner }, options);
      requirePublishable(
        plan,
        options.publishedBefore === true
          ? lostMarkers(reader.head, declaration.files, options)
          : [],
      );
      const { commit: parent, ownershipCommit } = reader.head;
      if (plan.change.isEmpty && ownershipCommit !== undefined) {
        return { commit: ownershipCommit, change: plan.change };
      }
      const commit = await writeCommit(clone, owner, plan, parent, options, attempt);
      if (await push(clone, reader, commit, parent)) return { commit, change: plan.change };
      if (attempt === publishAttempts) break;
      options.onProgress?.(`${remote.branch} moved while the commit was made; reading it again`);
      await sleep(pause(attempt, Date.now() - started), undefined, { signal: options.signal });
    }
  } finally {
    await clone.dispose();
  }
  throw new FleetError([contended(remote)]);
}

function requirePublishable({ findings, change }: ChangePlan, lost: readonly Finding[]): void {
  const stopping = [...findings, ...lost].filter(({ severity }) => severity !== "warning");
  if (stopping.length > 0) throw new FleetError(stopping);
  const [unknown] = change.unknown;
  if (unknown === undefined) return;
  const problem = "A value of this file is not known yet.";
  const remedy = "Publish when every value of the declaration is resolved.";
  throw new FleetError([{ code: "PATH_REFUSED", path: unknown, problem, remedy }]);
}

async function writeCommit(
  clone: Clone,
  owner: string,
  plan: ChangePlan,
  parent: string | undefined,
  options: PublishOptions,
  attempt: number,
): Promise<string> {
  const { added, changed, removed } = plan.change;
  // As the preview counts: the ownership file goes with every commit and is nobody's concern.
  const count = [...added, ...changed, ...removed].filter(
    (path) => ownerOf(path) === undefined,
  ).length;
  const files = count === 1 ? "1 file" : `${String(count)} files`;
  const subject = options.message ?? `Update ${owner}: ${files}`;
  const trailers = `Flux-Fleet-Owner: ${owner}\n${treeTrailer}: ${plan.tree}`;
  const author = options.author ?? defaultIdentity;
  const stream = fastImportStream(
    {
      parent,
      author,
      committer: options.committer ?? author,
      date: options.date ?? new Date(),
      message: `${subject.replaceAll("\0", "").trimEnd()}\n\n${trailers}\n`,
      writes: plan.writes,
      removes: removed,
    },
    `refs/publish/${String(attempt)}`,
  );
  const output = await clone.git(["fast-import", "--quiet", "--date-format=raw"], {
    input: stream,
    timeoutMs: 300_000,
  });
  return output.toString("utf8").trim();
}

/** True when the commit is on the branch, also when only the answer to the push was lost. */
async function push(
  clone: Clone,
  reader: HeadReader,
  commit: string,
  parent: string | undefined,
): Promise<boolean> {
  try {
    return (await pushCommit(clone, commit, parent)) === "landed";
  } catch (error) {
    if (FleetError.is(error) && error.code === "GIT_STOPPED") throw error;
    const head = await clone.fetchHead().catch(() => undefined);
    if (head !== undefined && (await reader.isDescendant(head, commit))) return true;
    throw error;
  }
}

// Full jitter in proportion to how long an attempt takes here, so that writers on a busy machine
// spread out as well instead of meeting again.
function pause(attempt: number, tookMs: number): number {
  return Math.random() * Math.min(Math.max(tookMs, 50) * 2 ** attempt, 6000);
}

function contended(remote: Remote): FleetError["findings"][number] {
  return {
    code: "GIT_CONTENDED",
    path: "repository.branch",
    problem: `Other writers moved ${remote.branch} at each of ${String(publishAttempts)} attempts.`,
    remedy: "Nothing was written. Run it again when fewer programs write to this branch.",
  };
}

import type { GitRepositorySpec } from "../../api/types/git-repository.js";
import { part } from "../fleet/part.js";
import type { Input } from "../fleet/part.js";
import type { SecretReference } from "../flux-part.js";
import type { DeepPartial } from "../merged-spec.js";
import { secretReference } from "../secret-reference.js";
import { sourceReference } from "./source.js";
import type { NamedSource, SourceOf } from "./source.js";

/** Which revision is read; exactly one field. */
export type GitRepositoryReference<Value = Input> =
  | {
      /** Head of this branch. */ readonly branch: Value;
      /** Why a chart in it may move on several clusters at once. @default none */
      readonly reason?: string | undefined;
    }
  | { /** This tag. */ readonly tag: Value }
  | {
      /** Newest tag within this range. */ readonly semver: Value;
      /** Why the version may move without a commit; read by reviewers. @default none */
      readonly reason?: string | undefined;
    }
  | { /** A full name, for example `refs/pull/12/head`. */ readonly name: Value }
  | { /** This commit, all 40 hexadecimal digits. */ readonly commit: Value };

/** Whose signature a revision must carry. */
export interface GitVerification {
  /** The public keys: OpenPGP under keys that end in `.asc`, SSH under `.sshpub` (Flux 2.9). */
  readonly secret: SecretReference;
  /** What must be signed: the commit, the tag, or both. @default "HEAD" (Flux) */
  readonly mode?: "HEAD" | "Tag" | "TagAndHEAD" | undefined;
}

/** Content of another GitRepository, copied into this one. */
export interface GitInclude {
  readonly source: NamedSource<"GitRepository">;
  /** Directory there. @default all of it */
  readonly fromPath?: string | undefined;
  /** Directory here. @default the name of the other GitRepository */
  readonly toPath?: string | undefined;
}

/**
 * Arguments of {@link gitRepository}.
 *
 * @see https://fluxcd.io/flux/components/source/gitrepositories/
 */
export interface GitRepositoryArgs<Value = Input> {
  /** Address, `https://…` or `ssh://…`, without credentials. */
  readonly url: Value;
  readonly ref: GitRepositoryReference<Value>;
  /** The login, as `gitCredentialsSecret` makes it. @default none: the repository is public */
  readonly secret?: SecretReference | undefined;
  /** Whose signature a revision must carry. @default nobody's */
  readonly verify?: GitVerification | undefined;
  /**
   * Whose identity logs in instead of a password: that of a cloud, or of a GitHub App.
   *
   * @default "generic" (Flux)
   * @see docs/releases.md
   */
  readonly provider?: "generic" | "aws" | "azure" | "github" | undefined;
  /** ServiceAccount with the identity, only for `aws` and `azure`. @default that of the controller */
  readonly serviceAccountName?: string | undefined;
  /** Address and login of a proxy. @default none */
  readonly proxySecret?: SecretReference | undefined;
  /** Directories that are fetched. @default all */
  readonly sparseCheckout?: readonly string[] | undefined;
  /** Content of other GitRepositories. @default none */
  readonly include?: readonly GitInclude[] | undefined;
  /** What is left out, in the form of `.gitignore`. @default `.sourceignore` of the repository */
  readonly ignore?: string | undefined;
  /** Whether submodules are fetched. @default false */
  readonly recurseSubmodules?: boolean | undefined;
  /** How often the repository is polled. Go duration, 10s to 720h. @default "5m" (ours) */
  readonly interval?: string | undefined;
  /** Longest time for one clone; no unit `h`. Go duration, 1s to 1440m. @default "60s" (Flux) */
  readonly timeout?: string | undefined;
  /** Fields of the GitRepository for which there is no argument. @default none */
  readonly spec?: DeepPartial<GitRepositorySpec> | undefined;
}

/** A Git repository that Flux reads. */
export type GitRepositoryPart<Value = Input> = SourceOf<"GitRepository", GitRepositoryArgs<Value>>;

/**
 * Declares a Git repository as a source of charts or of another Kustomization.
 *
 * @example
 * ```ts
 * const charts = gitRepository("charts", {
 *   url: "https://github.com/acme/charts",
 *   ref: { tag: "v1.4.0" },
 *   sparseCheckout: ["payments"],
 * });
 * ```
 */
export function gitRepository(
  name: string,
  args: GitRepositoryArgs<string>,
): GitRepositoryPart<string>;
export function gitRepository(name: string, args: GitRepositoryArgs): GitRepositoryPart;
export function gitRepository(name: string, args: GitRepositoryArgs): GitRepositoryPart {
  const { secret, proxySecret, verify, include } = args;
  return part("source", name, {
    ...args,
    type: "GitRepository",
    secret: secret && secretReference(secret),
    proxySecret: proxySecret && secretReference(proxySecret),
    verify: verify && { ...verify, secret: secretReference(verify.secret) },
    include: include?.map((one) => ({ ...one, source: sourceReference(one.source) })),
  });
}

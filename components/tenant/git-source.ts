import type { Input } from "../fleet/part.js";
import { frozenCopy } from "../../manifests/frozen-copy.js";

/** How Flux or git logs in to a Git server over HTTPS. */
export interface GitCredentials<Value = Input> {
  /** Token or password; a secret. */
  readonly token: Value;
  /** User name sent with the token. @default "git" */
  readonly username?: string | undefined;
  /** Certificate authority of the server, PEM. @default the system's own */
  readonly ca?: Value | undefined;
}

/** What a Git source is, apart from which revision. */
export interface GitSourceBase<Value = Input> {
  /** Address, `https://…`, without credentials. */
  readonly url: Value;
  /**
   * How often the repository is polled. Go duration, 10s to 720h. @default "5m", and "10m" where a
   * Receiver of the tenant names the source (ours)
   */
  readonly interval?: string;
  /** Longest time for one clone; no unit `h`. Go duration, 1s to 1440m. @default "60s" (Flux) */
  readonly timeout?: string;
  /**
   * Login. Pulumi installs it as a Secret once the tenant's Namespace exists; it is never in Git.
   * @default none: the repository is public
   */
  readonly credentials?: GitCredentials<Value> | undefined;
}

/** Exactly one way to say which revision is read. */
export type GitReference =
  | {
      /** Head of this branch. */ readonly branch: string;
      readonly tag?: never;
      readonly semver?: never;
      readonly commit?: never;
    }
  | {
      /** This tag. */ readonly tag: string;
      readonly branch?: never;
      readonly semver?: never;
      readonly commit?: never;
    }
  | {
      /** Newest tag within this range. */ readonly semver: string;
      readonly branch?: never;
      readonly tag?: never;
      readonly commit?: never;
    }
  | {
      /** This commit, all 40 hexadecimal digits. */ readonly commit: string;
      readonly branch?: never;
      readonly tag?: never;
      readonly semver?: never;
    };

/**
 * Arguments of {@link gitSource}.
 *
 * @see https://fluxcd.io/flux/components/source/gitrepositories/
 */
export type GitSourceArgs<Value = Input> = GitSourceBase<Value> & GitReference;

/** A Git repository that Flux reads. */
export type GitSource<Value = Input> = GitSourceArgs<Value> & { readonly kind: "gitSource" };

/**
 * Declares the Git repository of a tenant.
 *
 * @example
 * ```ts
 * const source = gitSource({ url: "https://github.com/acme/payments-app", branch: "main" });
 * ```
 */
export function gitSource(args: GitSourceArgs<string>): GitSource<string>;
export function gitSource(args: GitSourceArgs): GitSource;
export function gitSource(args: GitSourceArgs): GitSource {
  return frozenCopy({ ...args, kind: "gitSource" });
}

import type { GitRepositorySpec, ImageUpdateAutomationSpec } from "../../api/types/index.js";
import type { PartHandle } from "../fleet/part.js";
import { handle } from "../fleet/part.js";
import { secretReference } from "../secret-reference.js";
import type { SecretReference } from "../flux-part.js";
import { frozenCopy } from "../../manifests/frozen-copy.js";
import type { DeepPartial } from "../merged-spec.js";

/** Where chosen tags are written. */
export interface ImageUpdateTarget {
  /**
   * The directory whose markers are written, from the root of the repository: `./clusters`. Of one
   * repository and branch no two automations write the same directory, or one below the other.
   */
  readonly path: string;
  /** The branch that is read. @default the branch of the source; needed when that follows no branch */
  readonly branch?: string;
  /** Where to push. @default the branch that is read */
  readonly push?: {
    /** Another branch, of which a pull request is made. Flux resets it to `branch` before each commit. */
    readonly branch?: string;
    /** A refspec besides, for example `refs/heads/main:refs/for/main`. @default none */
    readonly refspec?: string;
    /** Push options that the Git server reads. @default none */
    readonly options?: Readonly<Record<string, string>>;
  };
  /**
   * The login with write access, made by `gitCredentialsSecret`. Flux reads the repository for everything
   * else with another, which cannot write.
   */
  readonly secret: SecretReference;
}

/** The key that signs commits. */
export interface ImageSigningKey {
  /**
   * The Secret with the private key: entry `git.asc` for gpg, `identity` for ssh, either with
   * an optional `passphrase` or `password`.
   *
   * @see https://fluxcd.io/flux/components/image/imageupdateautomations/#signing-key
   */
  readonly secret: SecretReference;
  /** `ssh` needs Flux 2.9. @default "gpg" (Flux) */
  readonly type?: "gpg" | "ssh";
}

/**
 * Who writes chosen tags to Git, from one cluster.
 *
 * @see https://fluxcd.io/flux/components/image/imageupdateautomations/
 */
export interface ImageUpdatesArgs {
  /** The one cluster that asks the registries and writes. */
  readonly runsOn: PartHandle<"cluster">;
  /** Where it writes, and with which login. */
  readonly writesTo: ImageUpdateTarget;
  /** Who commits. */
  readonly author: { readonly name?: string; readonly email: string };
  /** With which key commits are signed. @default not at all */
  readonly signingKey?: ImageSigningKey;
  /**
   * The commit message, a Go template over `.AutomationObject`, `.Changed` and `.Values`.
   *
   * @default a subject, and one line for each change with the value before and after
   * @see https://fluxcd.io/flux/components/image/imageupdateautomations/#message-template
   */
  readonly message?: string;
  /** What `.Values` of the message holds. @default nothing */
  readonly messageValues?: Readonly<Record<string, string>>;
  /** Whether `[skip ci]` ends the message, so that workflows do not run. @default false */
  readonly skipCi?: boolean;
  /** How often Git is looked at for markers to write. Go duration, 10s to 720h. @default "5m" (ours) */
  readonly interval?: string;
  /** Fields of the two objects that have no argument, laid over what is rendered. @default none */
  readonly spec?: {
    readonly source?: DeepPartial<GitRepositorySpec>;
    readonly automation?: DeepPartial<ImageUpdateAutomationSpec>;
  };
}

/** The arguments without the parts they refer to, so that no secret travels with a reference. */
export function imageUpdatesOf(args: ImageUpdatesArgs): ImageUpdatesArgs {
  const { runsOn, writesTo, signingKey } = args;
  return frozenCopy({
    ...args,
    runsOn: handle(runsOn),
    writesTo: { ...writesTo, secret: secretReference(writesTo.secret) },
    ...(signingKey === undefined
      ? {}
      : { signingKey: { ...signingKey, secret: secretReference(signingKey.secret) } }),
  });
}

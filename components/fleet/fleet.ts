import type { InstallSource } from "../bootstrap/install-file.js";
import type { FluxComponent } from "../bootstrap/flux-components.js";
import type { GitCredentials } from "../tenant/git-source.js";
import type { TenantPart } from "../tenant/tenant.js";
import type { ClusterPart } from "./cluster.js";
import type { LayerPart } from "../layer/layer.js";
import type { ImageAutomationPart } from "../image/image-automation.js";
import type { ImageUpdatesArgs } from "../image/image-updates.js";
import type { NotificationPart } from "../notification/notification.js";
import type { Input } from "./part.js";
import type { ClusterSelector } from "./selector.js";

/** The identity with which `up` writes; Flux never uses it. */
export interface PushArgs<Value = Input> extends Omit<GitCredentials<Value>, "token"> {
  /** Token or password; a secret. @default none: a push that needs no login, such as `file:///…` */
  readonly token?: Value | undefined;
  /** Where to push: `https://…` or `file:///…`. @default the repository's `url` */
  readonly url?: string | undefined;
}

/** How Flux reads the fleet repository. */
export interface SyncArgs<Value = Input> {
  /**
   * Login of every cluster, installed as Secret `flux-system/flux-system`. @default none: the
   * repository is public
   */
  readonly credentials?: GitCredentials<Value> | undefined;
  /** How often each cluster polls. Go duration, 10s to 720h. @default "1m" (ours) */
  readonly interval?: string;
  /**
   * Whether each cluster fetches only its own directories and the folders of its layers, so that one
   * of 200 does not fetch the rest. A folder that leaves the repository has to be unlisted before.
   *
   * @default false: all of the repository
   * @see docs/releases.md
   */
  readonly sparseCheckout?: boolean;
}

/** How the secrets of a fleet are encrypted. */
export interface SopsArgs {
  /**
   * age recipients that every encrypted file is encrypted to besides its cluster, so that its secrets
   * can be read when the identity of the cluster is lost. Production does not render without one.
   *
   * @default none
   */
  readonly breakGlass?: readonly string[];
  /**
   * Names of age plugins whose recipients are allowed, for example `yubikey`. Files are wrapped for
   * them by the `age` and the plugin of this machine. @default none
   */
  readonly plugins?: readonly string[];
  /** A higher one gives every encrypted file a new data key. @default 1 */
  readonly seedGeneration?: number;
  /**
   * Environments that need a break-glass recipient besides `production` and `prod`. @default none
   */
  readonly production?: readonly string[];
}

/** The repository that holds the whole fleet. */
export interface RepositoryArgs<Value = Input> {
  /** What Flux reads, `https://…`, without credentials. */
  readonly url: string;
  /** The branch that is read and written. */
  readonly branch: string;
  /** With what `up` writes. */
  readonly push: PushArgs<Value>;
  /** With what the clusters read. @default anonymous, every minute */
  readonly sync?: SyncArgs<Value>;
}

/** Which Flux the clusters run. */
export interface FluxArgs {
  /**
   * Exact version, for example `2.9.4`, or one per ring: `{ canary: "2.9.4", default: "2.9.3" }`.
   * Changing it for a ring is the whole upgrade.
   */
  readonly version: string | Readonly<Record<string, string>>;
  /** Controllers to install. @default the four of `flux install` */
  readonly components?: readonly FluxComponent[];
  /**
   * Where install manifests come from: a file, or the release of that version whose
   * `install.yaml` has this checksum. @default the package's own, made from the pinned modules
   */
  readonly manifests?: InstallSource;
  /**
   * Why a cluster may go back to an older minor version of Flux, or skip one; read by reviewers.
   * @default none: such a change is refused
   */
  readonly versionJump?: { readonly reason: string };
}

/** What the hosts bear that sources and images are fetched from. */
export interface PollingArgs {
  /**
   * How often all clusters together may ask a host in one hour, by host, for example
   * `{ "github.com": 5000 }`. More is refused at preview, which prints the rate of every host.
   *
   * @default no limit
   */
  readonly limits?: Readonly<Record<string, number>>;
}

/** An object that is on clusters although no part of the fleet puts it there. */
export interface ExternalObject {
  readonly kind: string;
  readonly name: string;
  /** @default none: an object of the whole cluster */
  readonly namespace?: string;
  /** Clusters that have it. @default "all" */
  readonly clusters?: ClusterSelector;
}

/** The whole fleet: arguments of `Fleet` and, with values instead of Inputs, of {@link renderFleet}. */
export interface FleetArgs<Value = Input> {
  /** The repository that holds the fleet. */
  readonly repository: RepositoryArgs<Value>;
  /** Which Flux the clusters run. */
  readonly flux: FluxArgs;
  /** Every cluster of the fleet. */
  readonly clusters: readonly ClusterPart<Value>[];
  /**
   * Every ring, the first to change first. With it a cluster in another ring, or a ring without
   * clusters, is refused. @default the rings that the clusters name, in no order
   */
  readonly rings?: readonly string[];
  /**
   * Objects that others put on the clusters, so that a reference to one of them is no finding.
   * @default none
   */
  readonly external?: readonly ExternalObject[];
  /** Every layer. @default none */
  readonly layers?: readonly LayerPart<Value>[];
  /** Every tenant. @default none */
  readonly tenants?: readonly TenantPart<Value>[];
  /**
   * Notifications of every cluster, in `flux-system`. A Provider that no Alert names reports what
   * fails of the platform. @default none
   *
   * @see docs/notifications.md
   */
  readonly notifications?: readonly NotificationPart<Value>[];
  /** Images of the platform that Flux looks for, on the cluster that `imageUpdates` names. @default none */
  readonly images?: readonly ImageAutomationPart[];
  /**
   * Writes the chosen tags to the fleet repository, from one cluster, with a key of its own.
   * @default nobody
   *
   * @see docs/image-automation.md
   */
  readonly imageUpdates?: ImageUpdatesArgs;
  /** How often hosts may be asked. @default as often as the intervals say */
  readonly polling?: PollingArgs;
  /** How secrets are encrypted. @default to the identity of their cluster alone */
  readonly sops?: SopsArgs;
  /** How long `up` waits for all clusters, or `false` to not wait. @default 10m */
  readonly wait?: { readonly timeout?: string } | false;
  /** Paths of files written by others that the fleet may take over. @default none */
  readonly adopt?: readonly string[];
  /** Paths of files edited by people that are put back as declared. @default none */
  readonly restore?: readonly string[];
  /** Why this commit may remove layers. @default none: such a commit is refused */
  readonly removal?: { readonly reason: string };
  /**
   * The name this Fleet had, when it was renamed: it owns what that one owned. Can be left out after
   * the `up` that renamed it. @default not renamed
   */
  readonly formerly?: string;
}

/** A fleet with every Input resolved; what is not known yet is {@link unknownValue}. */
export type FleetDeclaration = FleetArgs<string>;

import type { KubernetesObject, Manifest } from "../../manifests/manifest.js";
import type { PollRate } from "../../graph/polls.js";
import type { RepoPath } from "../../manifests/repo-path.js";
import type { Finding } from "../../errors.js";
import type { OffboardObservation } from "../../graph/changes/offboarding.js";
import type { AgeObservation } from "../../graph/changes/identities.js";
import type { FleetRecord, OffboardPhase } from "../../graph/changes/ownership.js";
import type { FluxComponent } from "../bootstrap/flux-components.js";
import type { InstallManifests } from "../bootstrap/install-manifests.js";
import type { EncryptedFile } from "./tree/secret-file.js";
import type { Envelope, GeneratedIdentity } from "../sops/sealing/index.js";

export type { EncryptedFile };

/** What rendering needs besides the declaration. All of it is data; nothing is read. */
export interface RenderContext {
  /** Install manifests by Flux version, see `loadInstallManifests`. */
  readonly installManifests: ReadonlyMap<string, InstallManifests>;
  /** What the commit at head declares. @default nothing was committed yet */
  readonly record?: FleetRecord | undefined;
  /** What was seen of leaving tenants, by name. @default nothing: each stays in its phase */
  readonly observations?: ReadonlyMap<string, OffboardObservation> | undefined;
  /**
   * Text of files written by hand below the layers' directories, and of those that kustomization files
   * in there name, by path, so that they are audited too. @default not audited
   */
  readonly directories?: ReadonlyMap<string, string> | undefined;
  /**
   * The identities that the fleet made, by `identityKey`. @default none is known yet: what is
   * encrypted to one of them is marked unknown
   */
  readonly identities?: ReadonlyMap<string, GeneratedIdentity> | undefined;
  /** What was seen of changing identities, by `partIdentity`. @default nothing: each stays in its phase */
  readonly ageObservations?: ReadonlyMap<string, AgeObservation> | undefined;
  /**
   * With what each Secret is encrypted, by path. @default nothing: encrypted files are marked unknown
   * and have no content
   */
  readonly envelopes?: ReadonlyMap<string, Envelope> | undefined;
}

/** One file of the commit. */
export interface RenderedFile {
  readonly path: RepoPath;
  readonly text: string;
  /** Present when a value in the text is not known yet. */
  readonly unknown?: true;
  /** What the file belongs to, for example `tenant "payments"`. */
  readonly part: string;
}

/** A Flux Kustomization that the waiter watches. */
export interface WatchedKustomization {
  readonly namespace: string;
  readonly name: string;
  /** `fleet`: reads the fleet repository, so it must reach the commit. `tenant`: has its own source. */
  readonly source: "fleet" | "tenant";
  /** Name of the tenant it belongs to. */
  readonly tenant?: string;
  /** Whether `up` fails when it is not Ready; always true for those of the fleet. */
  readonly waitFor: boolean;
}

/** A GitRepository that is nudged after the commit. */
export interface WatchedSource {
  readonly namespace: string;
  readonly name: string;
  /** Name of the tenant it belongs to; absent for the fleet repository. */
  readonly tenant?: string;
}

/** A Secret that Pulumi installs and Git never holds. Its values come from `secretValues`. */
export interface PlannedSecret {
  readonly name: string;
  readonly namespace: string;
  /**
   * `sync`: the fleet repository's login. `age`: the cluster's identity. `source`: a tenant's login.
   * `declared`: a Secret of a tenant that Pulumi applies.
   */
  readonly purpose: "sync" | "age" | "source" | "declared";
  readonly cluster: string;
  /** Name of the tenant whose Namespace holds it; present for `source` and `declared`. */
  readonly tenant?: string;
  /** Name of the GitRepository that reads it; present for `source`. */
  readonly source?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** @default none */
  readonly annotations?: Readonly<Record<string, string>>;
  /** @default "Opaque" */
  readonly type?: string;
  /** @default false */
  readonly immutable?: boolean;
  /** Keys of `data`, sorted. */
  readonly keys: readonly string[];
  /** What it belongs to, for messages. */
  readonly part: string;
}

/** The objects of a tenant that Pulumi applies on one cluster. */
export interface AppliedObjects {
  /** Name of the tenant in the program. */
  readonly tenant: string;
  /** In the order in which they are applied. */
  readonly objects: readonly KubernetesObject[];
}

/** A tenant as one cluster has it. */
export interface ClusterTenant {
  readonly name: string;
  readonly namespace: string;
  readonly phase: OffboardPhase;
  /** Names of its HelmReleases that left Git because the tenant leaves. @default none */
  readonly leftReleases?: readonly string[];
}

/** One cluster of a rendered fleet. */
export interface RenderedCluster {
  readonly name: string;
  /** Its name in paths and keys: `name`, unless it was renamed. */
  readonly firstName: string;
  readonly environment: string;
  readonly ring: string;
  /** Directory of its root Kustomization, without leading `./`. */
  readonly path: RepoPath;
  readonly fluxVersion: string;
  readonly components: readonly FluxComponent[];
  /** Objects of `flux-system` with lockdown applied, in the order in which they can be applied. */
  readonly install: readonly KubernetesObject[];
  /** What the first install applies after {@link install}. */
  readonly sync: { readonly source: KubernetesObject; readonly root: KubernetesObject };
  /** What to wait for, root first, then by name. */
  readonly kustomizations: readonly WatchedKustomization[];
  /** What to nudge, the fleet repository first, then by name. */
  readonly sources: readonly WatchedSource[];
  readonly secrets: readonly PlannedSecret[];
  /** What Pulumi applies instead of Flux, by tenant. */
  readonly applied: readonly AppliedObjects[];
  /** Tenants with anything rendered on this cluster, by name. */
  readonly tenants: readonly ClusterTenant[];
}

/** A whole fleet as pure data. Equal declarations give equal values, whatever their order. */
export interface RenderedFleet {
  /** Name of the Fleet. */
  readonly owner: string;
  /** Every file of the commit but the ownership file, by path. */
  readonly files: readonly RenderedFile[];
  /** Those of the files that are encrypted, by cluster. */
  readonly encrypted: readonly EncryptedFile[];
  /** Every object, by cluster and path. The values of Secrets are left out. */
  readonly manifests: readonly Manifest[];
  /** Every cluster, by name. */
  readonly clusters: readonly RenderedCluster[];
  /** What the ownership file will remember. */
  readonly record: FleetRecord;
  /** Directories of retired clusters: the commit leaves nothing in them. */
  readonly emptied: readonly string[];
  /** How often all clusters together ask each host, the busiest first. */
  readonly polls: readonly PollRate[];
  /** Findings that do not stop, in path order. */
  readonly warnings: readonly Finding[];
}

/** A change of Flux that its CRDs do not show. */
export interface BehaviourChange {
  /** The line that brought it. */
  readonly line: string;
  readonly kind: string;
  readonly field: string;
  /** One sentence on what differs for whoever upgrades. */
  readonly change: string;
}

/** Changes of behaviour and of defaults that controllers decide themselves, by line. */
export const behaviourChanges: readonly BehaviourChange[] = [
  {
    line: "2.7",
    kind: "ImageUpdateAutomation",
    field: "spec.git.commit.messageTemplate",
    change:
      "`.Updated` and `.Changed.ImageResult` are gone; a template with them stalls when a commit is due.",
  },
  {
    line: "2.7",
    kind: "Kustomization",
    field: "metadata.labels",
    change:
      "ConfigMaps and Secrets labelled `reconcile.fluxcd.io/watch: Enabled` trigger consumers.",
  },
  {
    line: "2.8",
    kind: "HelmRelease",
    field: "spec.rollback.recreate",
    change: "Without effect, as Helm 4 has no such option.",
  },
  {
    line: "2.8",
    kind: "HelmRelease",
    field: "spec.install.serverSideApply",
    change:
      "Default of new releases: server-side apply; releases made earlier keep client-side apply.",
  },
  {
    line: "2.9",
    kind: "Kustomization",
    field: "spec.postBuild",
    change: "Substitution is strict: a variable without value and default fails the build.",
  },
  {
    line: "2.9",
    kind: "HelmRelease",
    field: "spec.postRenderStrategy",
    change: "Default: `combined`, so hooks are post-rendered together with the other manifests.",
  },
  {
    line: "2.9",
    kind: "Receiver",
    field: "spec.type",
    change: "`gcr` needs `email` and `audience` in its Secret.",
  },
];

/** An API version that was gone before the oldest supported line, or with it. */
export interface GoneVersion {
  readonly group: string;
  readonly version: string;
  /** The first line without it. */
  readonly goneIn: string;
}

/** API versions that no supported line serves any more, so that its CRDs do not name them. */
export const goneVersions: readonly GoneVersion[] = [
  { group: "source.toolkit.fluxcd.io", version: "v1beta1", goneIn: "2.7" },
  { group: "kustomize.toolkit.fluxcd.io", version: "v1beta1", goneIn: "2.7" },
  { group: "helm.toolkit.fluxcd.io", version: "v2beta1", goneIn: "2.7" },
  { group: "image.toolkit.fluxcd.io", version: "v1beta1", goneIn: "2.7" },
  { group: "notification.toolkit.fluxcd.io", version: "v1beta1", goneIn: "2.7" },
];

/** A definition that was read from another version of its controller than the release has. */
export interface StandIn {
  readonly flux: string;
  readonly controller: string;
  /** The version that the release has. */
  readonly version: string;
}

/** Releases whose own definitions were not to be had; those of the version read stand for them. */
export const standIns: readonly StandIn[] = [
  { flux: "2.9.4", controller: "source-watcher", version: "v2.2.3" },
];

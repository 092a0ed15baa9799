export {
  clusterClient,
  type CallOptions,
  type ClusterClient,
  type ClusterClientOptions,
  type WriteOptions,
} from "./client.js";
export {
  decryptingKustomizations,
  secretTexts,
  type DecryptingKustomization,
} from "./decryption.js";
export {
  judgeDeployment,
  waitForDeployment,
  type DeploymentPatience,
  type DeploymentState,
} from "./deployment.js";
export { fluxKinds, fluxSystem, type FluxKind } from "./flux-objects.js";
export {
  decideIdentity,
  sharedIdentities,
  type ClusterIdentity,
  type IdentityDecision,
  type IdentityQuestion,
} from "./identity.js";
export { installFlux, type FluxInstallation, type InstallOptions } from "./install.js";
export type { Endpoint } from "./kubeconfig.js";
export { safeMessage } from "./message.js";
export { ensureNamespace, waitForNamespace, type Patience } from "./namespace.js";
export { nudge, ownFieldManager } from "./nudge.js";
export { waitUntilGone } from "./until-gone.js";
export {
  describeObject,
  type KubeObject,
  type LiveMeta,
  type ObjectKind,
  type ObjectRef,
} from "./objects.js";
export {
  observeCluster,
  observeClusters,
  type ClusterObservation,
  type ObserveOptions,
  type ObservedController,
  type ObservedKustomization,
  type ObservedRoot,
} from "./observe.js";
export { revisionCommit } from "./revision.js";
export { rootElsewhere, rootSource, type RootSource } from "./root.js";
export { liveFlux, type LiveFlux } from "./stored-versions.js";
export { waitForFleet, watchFleet, type WaitOptions } from "./wait.js";
export type { FailurePatience } from "./wait-failures.js";
export type { FailureClass, ObjectState } from "./wait-judge.js";
export type { ClusterReport, ObjectReport, WaitReport } from "./wait-report.js";
export { areReady, type ExpectedRelease } from "./wait-releases.js";
export type { ExpectedKustomization, WaitCluster } from "./wait-snapshot.js";

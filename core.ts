/** `pulumi-flux-fleet/core`: parts and pure rendering of a whole fleet; loads no engine. */
export { cluster } from "./components/fleet/cluster.js";
export { layer } from "./components/layer/layer.js";
export { explainOverrides } from "./components/fleet/explain-overrides.js";
export { loadInstallManifests } from "./components/bootstrap/install-file.js";
export { checkFleet, renderFleet } from "./components/fleet/render-fleet.js";
export { secretValues } from "./components/fleet/tree/planned-secrets.js";
export { gitSource } from "./components/tenant/git-source.js";
export { tenant } from "./components/tenant/tenant.js";
export {
  basicAuthSecret,
  dockerConfigSecret,
  gitCredentialsSecret,
  opaqueSecret,
  sshAuthSecret,
  tlsSecret,
} from "./components/sops/secrets/secret.js";
export { bucket } from "./components/source/bucket.js";
export { artifactGenerator } from "./components/source/artifact-generator.js";
export { gitRepository } from "./components/source/git-repository.js";
export { helmRepository } from "./components/source/helm-repository.js";
export { ociRepository } from "./components/source/oci-repository.js";
export { helmRelease } from "./components/release/release.js";
export { alert } from "./components/notification/alert.js";
export { provider } from "./components/notification/provider.js";
export { receiver } from "./components/notification/receiver.js";
export { webhookPath } from "./components/notification/webhook-path.js";
export { imageAutomation } from "./components/image/image-automation.js";
export { image, imageDigest, imageName, imageTag } from "./components/image/image.js";
export { pullRequestWorkflow } from "./components/image/pull-request-workflow.js";
export { variable } from "./manifests/substitution.js";
export { FleetError, formatFinding } from "./errors.js";
export { parseFleetRecord } from "./graph/changes/ownership.js";
export { unknownValue } from "./graph/values/unknown-value.js";
export type {
  AgeChange,
  AgeKeyPair,
  ClusterAgeKey,
  ClusterArgs,
  ClusterPart,
  GeneratedAgeKey,
  LockdownDisabled,
} from "./components/fleet/cluster.js";
export type {
  FleetArgs,
  FleetDeclaration,
  ExternalObject,
  PollingArgs,
  FluxArgs,
  PushArgs,
  RepositoryArgs,
  SopsArgs,
  SyncArgs,
} from "./components/fleet/fleet.js";
export type {
  LayerArgs,
  LayerContent,
  LayerDecryption,
  LayerHealthCheck,
  LayerHealthCheckExpr,
  LayerOverlay,
  LayerOverride,
  LayerPart,
} from "./components/layer/layer.js";
export type {
  ArtifactCopy,
  ArtifactGeneratorArgs,
  ArtifactGeneratorPart,
  ArtifactInput,
  GeneratedArtifact,
} from "./components/source/artifact-generator.js";
export type { BucketArgs, BucketPart } from "./components/source/bucket.js";
export type {
  GitInclude,
  GitRepositoryArgs,
  GitRepositoryPart,
  GitRepositoryReference,
  GitVerification,
} from "./components/source/git-repository.js";
export type {
  HelmRepositoryArgs,
  HelmRepositoryPart,
} from "./components/source/helm-repository.js";
export type {
  OciReference,
  OciRepositoryArgs,
  OciRepositoryPart,
  OciVerification,
  OidcIdentity,
} from "./components/source/oci-repository.js";
export type {
  NamedSource,
  SourceOf,
  SourcePart,
  SourceReference,
  SourceType,
} from "./components/source/source.js";
export type {
  ArtifactChart,
  Chart,
  DeclaredChart,
  DirectoryChart,
  GeneratedChart,
  RepositoryChart,
} from "./components/release/chart.js";
export type {
  Release,
  ReleaseArgs,
  ReleaseDependency,
  ReleasePart,
  ValuesOptions,
  ValuesReference,
} from "./components/release/release.js";
export type { AlertArgs, AlertPart } from "./components/notification/alert.js";
export type {
  EventHandle,
  EventKind,
  EventObjects,
  EventPart,
  EventSources,
} from "./components/notification/event-objects.js";
export type { NotificationPart } from "./components/notification/notification.js";
export type {
  NamedProvider,
  ProviderArgs,
  ProviderPart,
  ProviderReference,
} from "./components/notification/provider.js";
export type {
  OidcProvider,
  ReceiverArgs,
  ReceiverBase,
  ReceiverObjects,
  ReceiverPart,
} from "./components/notification/receiver.js";
export type { WebhookPathArgs } from "./components/notification/webhook-path.js";
export type {
  ImageAutomationArgs,
  ImageAutomationPart,
  ImageChoice,
  ImageTagFilter,
} from "./components/image/image-automation.js";
export type {
  ImageSigningKey,
  ImageUpdatesArgs,
  ImageUpdateTarget,
} from "./components/image/image-updates.js";
export type { ImageArgs, ImagePolicyOf, ImageTagArgs } from "./components/image/image.js";
export type { PullRequestWorkflowArgs } from "./components/image/pull-request-workflow.js";
export type { ImagePolicyField, SetterMarked } from "./manifests/marker.js";
export type { FluxParts } from "./components/flux-parts.js";
export type { SecretReference } from "./components/flux-part.js";
export type { DeepPartial } from "./components/merged-spec.js";
export type { ObjectPatch, PatchTarget } from "./manifests/object-patch.js";
export type { ExplainedArgument } from "./components/fleet/explain-overrides.js";
export type { Overrides } from "./components/fleet/overrides.js";
export type { Awaited, ConditionalDependency, Dependency } from "./components/fleet/dependency.js";
export type { Part, PartHandle } from "./components/fleet/part.js";
export type {
  AppliedObjects,
  ClusterTenant,
  EncryptedFile,
  PlannedSecret,
  RenderContext,
  RenderedCluster,
  RenderedFile,
  RenderedFleet,
  WatchedKustomization,
  WatchedSource,
} from "./components/fleet/rendered.js";
export type { ClusterChoice, ClusterQuery, ClusterSelector } from "./components/fleet/selector.js";
export type { FluxComponent } from "./components/bootstrap/flux-components.js";
export type {
  InstallComponent,
  InstallManifests,
} from "./components/bootstrap/install-manifests.js";
export type {
  GitCredentials,
  GitReference,
  GitSource,
  GitSourceArgs,
  GitSourceBase,
} from "./components/tenant/git-source.js";
export type {
  GitCredentialsSecretValues,
  RegistryLogin,
  SecretArgs,
  SecretOptions,
  SecretPart,
  TlsSecretValues,
} from "./components/sops/secrets/secret.js";
export type { AgeAbandonment, AgeConfirmation } from "./graph/changes/identities.js";
export type {
  TenantAge,
  TenantArgs,
  TenantClusterRole,
  TenantImages,
  TenantManifestArgs,
  TenantOverride,
  TenantPart,
} from "./components/tenant/tenant.js";
export type { KubernetesObject, Manifest, ObjectMeta } from "./manifests/manifest.js";
export type { RepoPath } from "./manifests/repo-path.js";
export type { ErrorCode, Finding } from "./errors.js";
export type { AgeObservation, AgePhase, RecordedAge } from "./graph/changes/identities.js";
export type { Envelope, GeneratedIdentity } from "./components/sops/sealing/index.js";
export type { OffboardObservation } from "./graph/changes/offboarding.js";
export type {
  FleetRecord,
  OffboardPhase,
  RecordedApplier,
  RecordedCluster,
  RecordedLayer,
  RecordedSops,
  RecordedTenant,
} from "./graph/changes/ownership.js";

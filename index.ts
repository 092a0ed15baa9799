/** `pulumi-flux-fleet`: the components of a Flux fleet and the parts it is declared with. */
export { Fleet } from "./components/fleet/wiring/fleet-component.js";
export { Cluster } from "./components/fleet/wiring/cluster-component.js";
export { FluxBootstrap } from "./components/bootstrap/flux-bootstrap-component.js";
export { AgeIdentity } from "./components/sops/age-identity-component.js";
export { SopsSecret } from "./components/sops/sops-secret-component.js";
export { Tenant } from "./components/tenant/tenant-component.js";
export { cluster } from "./components/fleet/cluster.js";
export { layer } from "./components/layer/layer.js";
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
export { webhookPath } from "./components/webhook-path.js";
export { imageAutomation } from "./components/image/image-automation.js";
export { image, imageDigest, imageName, imageTag } from "./components/image/image.js";
export { pullRequestWorkflow } from "./components/image/pull-request-workflow.js";
export { variable } from "./manifests/substitution.js";
export { FleetError } from "./errors.js";
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
export type { WebhookPathInputs } from "./components/webhook-path.js";
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
export type { Awaited, ConditionalDependency, Dependency } from "./components/fleet/dependency.js";
export type { Overrides } from "./components/fleet/overrides.js";
export type { ClusterChoice, ClusterQuery, ClusterSelector } from "./components/fleet/selector.js";
export type { FluxComponent } from "./components/bootstrap/flux-components.js";
export type {
  GitCredentials,
  GitReference,
  GitSource,
  GitSourceArgs,
} from "./components/tenant/git-source.js";
export type { AgeIdentityArgs } from "./components/sops/age-identity-component.js";
export type { SopsSecretArgs } from "./components/sops/sops-secret-component.js";
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
export type { ErrorCode, Finding } from "./errors.js";

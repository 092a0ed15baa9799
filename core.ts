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

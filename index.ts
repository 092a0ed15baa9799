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
  TenantManifestArgs,
  TenantOverride,
  TenantPart,
} from "./components/tenant/tenant.js";
export type { ErrorCode, Finding } from "./errors.js";

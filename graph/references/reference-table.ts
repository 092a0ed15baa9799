import type { FluxKind, TargetKind } from "./flux-kinds.js";

/** A field of a Flux object that names another object. */
export interface ReferenceRule {
  /** Path of the field; `[]` stands for every item of a list. */
  readonly field: string;
  /** Kinds that may be named. The first is meant when the field does not say a kind. */
  readonly to: readonly TargetKind[] | "any";
  /**
   * Whether another Namespace may be named: never, always, or only without lockdown
   * (`--no-cross-namespace-refs`). @default never: the target is beside the object
   */
  readonly elsewhere?: "open" | "locked";
  /** Path of the field with the Namespace of the target, when it is not beside its name. */
  readonly namespaceAt?: string;
  /** The field is a list item or map with `name`, or the name itself. @default "map" */
  readonly form?: "map" | "text";
  /** Whether the target is on the other cluster as soon as `spec.kubeConfig` is set. */
  readonly remote?: true;
  /** What Flux does while the target is missing, as a sentence. */
  readonly missing: string;
  /** What Flux does when lockdown blocks the reference. @default it stalls with AccessDenied */
  readonly blocked?: string;
}

const fails = "The object is never Ready without it.";
const waits =
  "Flux waits for it for ever: the condition only says DependencyNotReady and never stalls.";
const forbidden =
  'Flux answers "forbidden" in its name, as if the account existed and had no rights.';
const noSource = "Nothing is applied, and what is there already stays as it is.";
const accessDenied = "Flux stops with AccessDenied.";

const secret = { to: ["Secret"], missing: fails } as const;
const account = {
  field: "spec.serviceAccountName",
  to: ["ServiceAccount"],
  form: "text",
  missing: fails,
} as const;

function secrets(...fields: readonly string[]): readonly ReferenceRule[] {
  return fields.map((field) => ({ ...secret, field }));
}

const secretRef = "spec.secretRef";
const certSecretRef = "spec.certSecretRef";
const proxySecretRef = "spec.proxySecretRef";

/** What Flux does for another cluster; the ServiceAccount is then one of that cluster. */
const applying: readonly ReferenceRule[] = [
  ...secrets("spec.kubeConfig.secretRef"),
  { field: "spec.kubeConfig.configMapRef", to: ["ConfigMap"], missing: fails },
  { ...account, remote: true, missing: forbidden },
  {
    field: "spec.targetNamespace",
    to: ["Namespace"],
    form: "text",
    remote: true,
    missing: "Flux does not create it, so nothing can be applied there.",
  },
];

const watched: readonly FluxKind[] = [
  "Kustomization",
  "HelmRelease",
  "GitRepository",
  "OCIRepository",
  "HelmRepository",
  "HelmChart",
  "Bucket",
  "ExternalArtifact",
  "ArtifactGenerator",
  "ImageRepository",
  "ImagePolicy",
  "ImageUpdateAutomation",
];

/**
 * Every reference that an object of Flux 2.7 to 2.9 can make, by its kind. `dependsOn` is the only
 * one with a Namespace that lockdown leaves open.
 */
export const referenceTable: Readonly<Record<FluxKind, readonly ReferenceRule[]>> = {
  GitRepository: [
    ...secrets(secretRef, proxySecretRef, "spec.verify.secretRef"),
    { field: "spec.include[].repository", to: ["GitRepository"], missing: fails },
    account,
  ],
  OCIRepository: [
    ...secrets(secretRef, certSecretRef, proxySecretRef, "spec.verify.secretRef"),
    ...secrets("spec.verify.trustedRootSecretRef"),
    account,
  ],
  HelmRepository: secrets(secretRef, certSecretRef),
  HelmChart: [
    {
      field: "spec.sourceRef",
      to: ["HelmRepository", "GitRepository", "Bucket"],
      missing: fails,
    },
    ...secrets("spec.verify.secretRef"),
  ],
  Bucket: [
    ...secrets(secretRef, certSecretRef, proxySecretRef),
    ...secrets("spec.sts.secretRef", "spec.sts.certSecretRef"),
    account,
  ],
  // Written by the controller that its sourceRef names.
  ExternalArtifact: [],
  ArtifactGenerator: [
    {
      field: "spec.sources[]",
      to: ["GitRepository", "OCIRepository", "Bucket", "HelmChart", "ExternalArtifact"],
      elsewhere: "locked",
      missing: fails,
    },
  ],
  Kustomization: [
    {
      field: "spec.sourceRef",
      to: ["GitRepository", "OCIRepository", "Bucket", "ExternalArtifact"],
      elsewhere: "locked",
      missing: noSource,
    },
    { field: "spec.dependsOn[]", to: ["Kustomization"], elsewhere: "open", missing: waits },
    ...secrets("spec.decryption.secretRef"),
    { ...account, field: "spec.decryption.serviceAccountName" },
    {
      field: "spec.postBuild.substituteFrom[]",
      to: ["ConfigMap", "Secret"],
      missing: fails,
    },
    {
      field: "spec.healthChecks[]",
      to: "any",
      elsewhere: "open",
      remote: true,
      missing: "Every apply then ends in HealthCheckFailed after its timeout.",
    },
    ...applying,
  ],
  HelmRelease: [
    {
      field: "spec.chart.spec.sourceRef",
      to: ["HelmRepository", "GitRepository", "Bucket"],
      elsewhere: "locked",
      missing: noSource,
      blocked:
        "The HelmRelease then gets no condition at all; only the log of helm-controller says why.",
    },
    {
      ...secret,
      field: "spec.chart.spec.verify.secretRef",
      namespaceAt: "spec.chart.spec.sourceRef.namespace",
    },
    {
      field: "spec.chartRef",
      to: ["OCIRepository", "HelmChart", "ExternalArtifact"],
      elsewhere: "locked",
      missing: noSource,
    },
    { field: "spec.valuesFrom[]", to: ["ConfigMap", "Secret"], missing: fails },
    { field: "spec.dependsOn[]", to: ["HelmRelease"], elsewhere: "open", missing: waits },
    {
      field: "spec.storageNamespace",
      to: ["Namespace"],
      form: "text",
      remote: true,
      missing: "Helm cannot store the release.",
    },
    ...applying,
  ],
  ImageRepository: [...secrets(secretRef, certSecretRef, proxySecretRef), account],
  ImagePolicy: [
    {
      field: "spec.imageRepositoryRef",
      to: ["ImageRepository"],
      elsewhere: "locked",
      missing: "The policy never chooses an image.",
      blocked: "Flux retries AccessDenied for ever and never stalls.",
    },
  ],
  ImageUpdateAutomation: [
    { field: "spec.sourceRef", to: ["GitRepository"], elsewhere: "locked", missing: fails },
    ...secrets("spec.git.commit.signingKey.secretRef"),
  ],
  Provider: [...secrets(secretRef, certSecretRef, proxySecretRef), account],
  Alert: [
    {
      field: "spec.providerRef",
      to: ["Provider"],
      missing: "No event is sent, and the Alert has no status that would say so.",
    },
    {
      field: "spec.eventSources[]",
      to: watched,
      elsewhere: "locked",
      missing: "No event ever comes, and the Alert has no status that would say so.",
      blocked: "No event ever comes, and the Alert has no status that would say so.",
    },
  ],
  Receiver: [
    ...secrets(secretRef),
    {
      field: "spec.resources[]",
      to: watched,
      elsewhere: "locked",
      missing: "The Receiver reports Ready, and its hook fails when it is called.",
      blocked: "The Receiver reports Ready, and its hook answers 500.",
    },
  ],
};

/** What Flux does with a reference that lockdown blocks, as a sentence. */
export function whenBlocked({ blocked }: ReferenceRule): string {
  return blocked ?? accessDenied;
}

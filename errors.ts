/**
 * Every code a finding can carry. Codes are stable for ever: callers and tests switch on them,
 * people read the text. `docs/errors.md` holds the meaning and the remedy of each.
 */
export const errorCodes = {
  // filled by subject; the table in docs/errors.md is kept equal to this object by a test
  INVALID_NAME: "A name, namespace, label or key breaks the rule Kubernetes sets for it.",
  // the declaration: values
  INVALID_ARGUMENT: "An argument is missing, unknown or of the wrong type.",
  INVALID_LABEL: "A label or annotation breaks the rules of Kubernetes.",
  RESERVED_KEY: "A label or annotation that Flux, Pulumi or this library sets itself.",
  RESERVED_NAMESPACE: "A Namespace or name that belongs to Kubernetes, to Flux or to the tree.",
  INVALID_VARIABLE: "A cluster variable that Flux cannot substitute.",
  INVALID_DURATION: "A duration that Flux does not accept, or one out of range.",
  TIMEOUT_TOO_SHORT:
    "A check of health has so little time that it fails before it is told anything.",
  INVALID_EXPRESSION: "A CEL expression on which Flux would stall, or that could never be true.",
  INVALID_REF: "A branch, tag, version range or commit that git must not be given.",
  INVALID_URL: "An address that Flux or git must not be given.",
  CREDENTIALS_IN_URL: "An address holds credentials and would be committed.",
  MISSING_CREDENTIALS: "A login that is needed is not given.",
  MISSING_REASON: "A choice that weakens a default has no written reason.",
  INVALID_RECIPIENT: "Text that is not a usable age recipient.",
  IDENTITY_AS_RECIPIENT: "A private age key stands where a public one belongs.",
  INVALID_IDENTITY: "Text that is not an age identity, or not that of the recipient.",
  UNKNOWN_COMPONENT: "A Flux controller that does not exist or is missing.",
  UNKNOWN_FLUX_VERSION: "A Flux version without install manifests, or none for a ring.",
  INSTALL_MANIFESTS_UNREADABLE: "Install manifests cannot be read, or are of another version.",
  INSTALL_MANIFESTS_CHECKSUM: "Install manifests have another checksum than the declared one.",
  // the declaration: layers
  MISSING_NAMESPACE: "An object of Flux in a layer names no Namespace.",
  EMPTY_LAYER: "A layer has nothing to apply in some environment.",
  HEALTH_UNCHECKED: "A layer counts as Ready although nothing looks at what it applied.",
  HEALTH_CHECK_IGNORED: "A health check of a layer has no effect.",
  UNSET_VARIABLE: "A variable has no value on some cluster.",
  UNSAFE_VARIABLE: "A value that cannot be substituted without changing what is around it.",
  UNMARKED_VARIABLE: "Text names a variable without `variable()`, so it would not be replaced.",
  BROKEN_SUBSTITUTION: "Text that Flux takes for a variable and cannot read.",
  // the declaration: the fleet as a whole
  DUPLICATE_IDENTITY: "Two parts, or two tenants' Namespaces, have one identity.",
  NOT_LISTED: "A part is referenced but not listed in the fleet.",
  DANGLING_REFERENCE: "A part depends on one that is not on the same cluster.",
  DEPENDENCY_CYCLE: "Parts depend on each other in a circle and would wait for ever.",
  EMPTY_SELECTOR: "A selector matches no cluster.",
  PATH_OVERLAP: "Two Kustomizations would apply one directory, or one below the other.",
  INVALID_PATH: "Text that is not a portable path inside the repository.",
  INVALID_MARKER: "A setter marker that image-automation-controller could not follow.",
  UNPRINTABLE_VALUE: "A manifest holds a value that YAML would drop or change.",
  UNPRINTABLE_STRING: "A string or key that some YAML reader cannot give back unchanged.",
  UNRESOLVED_OUTPUT: "A manifest holds a Pulumi Output that has no value yet.",
  PATH_COLLISION: "Two files of the tree cannot both exist.",
  DUPLICATE_OBJECT: "One object of a cluster would have two appliers.",
  LOCKDOWN_REQUIRED: "A tenant is on a cluster without lockdown.",
  MISSING_SERVICE_ACCOUNT: "A platform Kustomization or HelmRelease names no ServiceAccount.",
  CROSS_NAMESPACE_REFERENCE: "A source in another Namespace, which lockdown blocks.",
  PRIVILEGED_SERVICE_ACCOUNT:
    "A ServiceAccount in a tenant's Namespace may do more than the tenant.",
  UNREADABLE_DIRECTORY: "A hand-written file is not YAML that Flux can read.",
  // objects of Flux, against the Flux of their cluster
  UNKNOWN_KIND: "An object of Flux has a kind or API version that does not exist.",
  UNKNOWN_FIELD: "An object of Flux has a field that does not exist.",
  MISSING_FIELD: "An object of Flux lacks a field that it needs.",
  INVALID_FIELD: "A field of an object of Flux has a value that its API server refuses.",
  INVALID_TEMPLATE: "The template of a commit message on which image automation would stall.",
  TOO_NEW_FOR_FLUX: "A kind, field or value that came with a newer Flux than the cluster runs.",
  REMOVED_FROM_FLUX: "A kind, API version or field that the cluster's Flux no longer has.",
  DEPRECATED_VERSION: "An API version that a later Flux no longer serves.",
  UNKNOWN_FLUX_LINE:
    "A Flux newer than this library knows; objects are checked against the newest.",
  UNSUPPORTED_FLUX_LINE: "A Flux older than this library supports.",
  // rings, overrides and upgrades
  RING_MISMATCH: "The declared rings and the rings of the clusters do not agree.",
  OVERRIDE_UNUSED: "An override reaches no cluster of its part, or changes nothing there.",
  FLUX_DOWNGRADE: "A cluster would go back to an older minor version of Flux.",
  FLUX_SKIPPED_MINOR: "A cluster would skip a minor version of Flux.",
  FLUX_STORED_VERSION:
    "A cluster may store Flux objects in a version that the declared Flux does not have.",
  FLUX_BEHAVIOUR_CHANGED: "A field does something else, or has another default, in a newer Flux.",
  FLUX_UPGRADE_UNCHECKED: "A cluster could not be looked at before its upgrade.",
  // the graph: objects that refer to each other
  WRONG_KIND_REFERENCE: "An object refers to one of a kind that it cannot use, or that is not its.",
  SELF_REFERENCE: "An object refers to itself.",
  DEPENDENCY_NOT_AWAITED:
    "A Kustomization depends on one that is Ready before anything is healthy.",
  INSTALL_NOT_RETRIED: "A HelmRelease retries upgrades, and a failed first install never.",
  DEFINITION_ORDER: "An object may be applied before the definition of its kind.",
  DEFINITION_MIXED: "One Kustomization holds a definition and objects of its kind.",
  MIXED_TENANTS: "One Kustomization holds objects of several tenants.",
  MISSING_CONTROLLER: "The controller that an object needs is not installed on its cluster.",
  UNROUTED_EVENTS: "Events or webhooks that would reach nobody, or the wrong one.",
  DUPLICATE_SOURCE: "Two sources of one Namespace follow the same revision of one repository.",
  MISSING_DIRECTORY: "A Kustomization applies a directory that is not in the repository.",
  UNREACHED_DIRECTORY: "A directory with a kustomization file that no Kustomization applies.",
  INVALID_CHART: "A chart has no usable name or version.",
  FLOATING_VERSION: "A version that moves on several clusters at once without a commit.",
  UNBOUNDED_RANGE: "An image of production follows every later version, without a reason.",
  DUPLICATE_WRITER: "Two automations write the same files of one branch.",
  FOREIGN_POLICY: "A marker names a policy whose choice nobody writes into its file.",
  POLL_LIMIT: "The clusters of a fleet would ask one host more often than is allowed.",
  UNSERVED_SHARD: "A shard that no controller of the cluster serves.",
  SHARD_MISMATCH: "An object and its source are in different shards.",
  OBJECT_MOVED: "An object would move to another Kustomization in one commit and be deleted.",
  // what leaves the fleet
  TENANT_REMOVAL: "A tenant would be removed in one step.",
  TENANT_PROTECTED: "A protected tenant would be removed.",
  OFFBOARD_SKIPPED: "A tenant would skip a phase of its removal.",
  OFFBOARD_WAITING:
    "A leaving tenant stays in its phase until the clusters are seen to have done it.",
  LAYER_REMOVAL: "A layer would be removed, and what it applied deleted.",
  APPLIER_OUT_OF_REACH: "Pulumi is to apply a tenant on a cluster without kubeconfig.",
  APPLIER_WAITING: "A tenant goes from Flux to Pulumi, and one more `up` is needed.",
  CLUSTER_RETIRED: "A cluster leaves the fleet and keeps running what it runs.",
  DIRECTORY_NOT_EMPTY: "Files of others are in a directory that has to vanish as a whole.",
  CLUSTER_REMOVAL: "A cluster would be removed.",
  PATCH_UNUSED: "A patch matches no rendered object.",
  PATCH_REFUSED: "A patch would change what decides what an object is or may do.",
  FORMER_NAME_TAKEN:
    "A former name, or one that a renamed part still has, belongs to another part.",
  CLUSTER_MOVED: "The directory of a cluster would move under its running root Kustomization.",
  CLUSTER_KUBECONFIG_INVALID: "A kubeconfig cannot be read or lacks what a connection needs.",
  CLUSTER_CREDENTIALS_FAILED: "The credentials of a kubeconfig could not be obtained.",
  CLUSTER_UNREACHABLE: "An API server did not answer, or answered only with its own failures.",
  CLUSTER_CERTIFICATE_UNTRUSTED:
    "The certificate of an API server is not trusted by its kubeconfig.",
  CLUSTER_UNAUTHORIZED: "An API server does not accept the credentials of a kubeconfig.",
  CLUSTER_FORBIDDEN: "An API server refuses a request to the user of a kubeconfig.",
  CLUSTER_CONFLICT: "An object exists already, or was changed by somebody else meanwhile.",
  CLUSTER_REQUEST_REFUSED: "An API server or one of its webhooks refuses an object.",
  CLUSTER_KIND_UNKNOWN: "An API server does not serve the kind of an object.",
  CLUSTER_OBJECT_MISSING: "An object that must exist on a cluster does not.",
  CLUSTER_IDENTITY_UNEXPECTED: "A cluster is not the one its declaration names.",
  CLUSTER_SWAPPED: "A kubeconfig leads to another cluster than the one recorded.",
  CLUSTER_DECLARED_TWICE: "Two declared clusters are one and the same.",
  FLUX_ROOT_ELSEWHERE: "A cluster is already driven from another repository, branch or path.",
  FLUX_ROOT_LEAVING: "The root Kustomization of a cluster is being deleted.",
  FLUX_MANAGED_ELSEWHERE: "Flux on a cluster was installed and is kept by another tool.",
  FLUX_NOT_AVAILABLE: "A controller of Flux does not become Available.",
  FLUX_CRD_NOT_ESTABLISHED: "An API server does not accept a custom resource definition of Flux.",
  WAIT_FAILED: "A Kustomization cannot apply the commit.",
  WAIT_SOURCE_FAILED: "A cluster cannot read its source.",
  WAIT_NOT_CURRENT: "A Kustomization is suspended, or a tenant's own one is not Ready.",
  WAIT_TIMEOUT: "A cluster did not run the commit in time.",
  WAIT_NOT_GONE: "An object that should leave a cluster is still there.",
  WAIT_CANCELLED: "Waiting was ended before the clusters ran the commit.",
  // secrets: documents of SOPS
  SOPS_FORMAT: "A text is not of its format, or holds what SOPS has no place for.",
  SOPS_ALREADY_ENCRYPTED: "A text to encrypt holds SOPS metadata already.",
  SOPS_RULE: "A rule for what is encrypted that SOPS, Go and JavaScript do not all read alike.",
  SOPS_NOT_ENCRYPTED: "A text to decrypt has no SOPS metadata.",
  SOPS_METADATA: "The SOPS metadata of a text are incomplete or contradict themselves.",
  SOPS_NO_IDENTITY: "No given identity opens an encrypted document.",
  SOPS_VALUE_REFUSED: "An encrypted value is not authentic at its place, or not encrypted at all.",
  SOPS_MAC_MISMATCH: "An encrypted document is not the one that was encrypted.",
  SOPS_CHECK_FAILED: "A text just encrypted did not read back and was thrown away.",
  SOPS_SEED_DAMAGED: "The seed of the encrypted files in the state is not what was written there.",
  SOPS_WRAP_FAILED: "A data key could not be wrapped for a recipient.",
  SOPS_WRAP_UNPROVEN: "The keys in an encrypted file at the head are not proven to be ours.",
  AGE_ROTATING: "The identity of a cluster or tenant is being changed, and more `up`s are needed.",
  AGE_PHASE_SKIPPED: "What is stated about a changing identity cannot be true yet, or is not.",
  AGE_ABANDONED: "An identity goes at once, without overlap.",
  AGE_IDENTITY_MISSING: "An identity that files are encrypted to is not given any more.",
  AGE_OUT_OF_REACH: "A generated identity cannot be installed on a cluster without kubeconfig.",
  INVALID_SECRET: "A Kubernetes Secret that an API server would refuse, or Flux not decrypt.",
  // secrets: who reads what, over the graph
  ENCRYPTED_NOT_DECRYPTED:
    "Something encrypted is applied by a Kustomization that does not decrypt.",
  ENCRYPTED_UNRECOGNISED: "Something encrypted that Flux does not take for encrypted.",
  ENCRYPTED_STRING_DATA: "A Secret is encrypted below stringData, where ciphertext is not refused.",
  ENCRYPTED_WHOLE: "Even the kind and the name of an object are encrypted.",
  SECRET_NOT_READABLE: "A cluster applies an encrypted file that its identity does not open.",
  SECRET_READABLE_ELSEWHERE: "A cluster can open an encrypted file that it does not apply.",
  UNKNOWN_RECIPIENT: "A file is encrypted to a recipient that the fleet does not know.",
  SHARED_IDENTITY: "Two clusters have one identity and read each other's secrets.",
  BREAK_GLASS_MISSING: "Secrets of production are lost when the identity of a cluster is.",
  DECRYPTION_KEYS_IGNORED: "No entry of a Secret with keys has a name that Flux reads.",
  DECRYPTION_WITHOUT_KEY: "A Kustomization decrypts, and has no key for what it applies.",
  GLOBAL_AGE_KEY: "kustomize-controller lends its key to the Kustomizations of every tenant.",
  SOPS_RULE_MISMATCH: "By .sops.yaml a file would be encrypted to others than it is.",
  // repository: running git and reaching the remote
  OPTION_REFUSED: "A resource option that would change what a component is.",
  SECRET_IN_GIT: "A secret in a field that is committed as plain text.",
  STEP_LEFT_OUT: "This run left out a Step whose result it needs.",
  GIT_MISSING: "The program git is not installed.",
  GIT_TOO_OLD: "The installed git cannot be used safely.",
  GIT_URL_REFUSED: "A repository URL that git must not be given.",
  GIT_BRANCH_REFUSED: "A branch name that git must not be given.",
  GIT_CREDENTIALS_REFUSED: "Credentials of a form that cannot be right.",
  GIT_UNREACHABLE: "The Git server does not answer, or not in time.",
  GIT_CERTIFICATE: "The Git server presents a certificate that is not trusted.",
  GIT_UNAUTHORIZED: "The Git server does not accept the credentials.",
  GIT_FORBIDDEN: "The credentials may not do this in the repository.",
  GIT_REPOSITORY_NOT_FOUND: "The credentials see no repository at the address.",
  GIT_REDIRECTED: "The repository has moved to another address.",
  GIT_OBJECT_FORMAT: "The repository uses SHA-256 object names.",
  GIT_PUSH_REJECTED: "The Git server refused the commit by a rule of its own.",
  GIT_CONTENDED: "Other writers moved the branch at every attempt.",
  GIT_STOPPED: "Git was stopped before it had finished.",
  GIT_FAILED: "Git failed for a reason that has no code of its own.",
  // repository: what is at the head of the branch
  OWNERSHIP_DAMAGED: "An ownership file is not what this library wrote.",
  OWNER_REFUSED: "The owner's name cannot be the name of an ownership file.",
  PATH_REFUSED: "A path or text that cannot be written to the repository.",
  PATH_NOT_ADOPTED: "A file of somebody else is where a file is declared.",
  PATH_OWNED_BY_OTHER: "Another owner's file is where a file is declared.",
  PATH_CONFLICT: "A declared file and a foreign one cannot both exist.",
  NOT_A_FILE: "A link or submodule is where a file is declared.",
  HUMAN_EDIT: "A commit that is not ours touched an owned file.",
  RESTORE_UNUSED: "A path is to be restored that nobody edited.",
  MARKER_FILE: "A value that image automation wrote behind a marker would be lost.",
} as const;

/** A stable identifier of a problem, see `docs/errors.md`. */
export type ErrorCode = keyof typeof errorCodes;

/** One problem in a declaration, with the way to mend it. */
export interface Finding {
  /** Stable identifier, see `docs/errors.md`. */
  readonly code: ErrorCode;
  /** Where, as the user wrote it, for example `tenants[0].source.url` or `Tenant "payments": path`. */
  readonly path: string;
  /** What is wrong, with the value received (never for a secret field). */
  readonly problem: string;
  /** What to do about it, as a sentence. */
  readonly remedy: string;
  /** `warning` is shown and does not stop; everything else stops before anything is written. @default "error" */
  readonly severity?: "error" | "warning";
}

const brand = "pulumi-flux-fleet/FleetError";

/** Thrown with every finding at once; nothing was written. */
export class FleetError extends Error {
  /** The brand that {@link FleetError.is} looks for. */
  readonly "pulumi-flux-fleet/FleetError" = true;
  /** All findings, in path order. */
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[], options?: { readonly cause?: unknown }) {
    const ordered = inPathOrder(findings);
    super(ordered.map(formatFinding).join("\n"), options);
    this.name = "FleetError";
    this.findings = ordered;
  }

  /** The code of the first finding. */
  get code(): ErrorCode | undefined {
    return this.findings[0]?.code;
  }

  /** Tells a FleetError from any other value, also one thrown by another copy of this package. */
  static is(value: unknown): value is FleetError {
    return typeof value === "object" && value !== null && brand in value;
  }
}

/** One line for people: `path: problem Remedy [CODE]`. */
export function formatFinding(finding: Finding): string {
  return `${finding.path}: ${finding.problem} ${finding.remedy} [${finding.code}]`;
}

/** The same findings sorted by path, then code, then text; equal ones once. */
export function inPathOrder(findings: readonly Finding[]): readonly Finding[] {
  const key = (f: Finding): string => `${f.path}\0${f.code}\0${f.problem}`;
  const unique = new Map(findings.map((finding) => [key(finding), finding]));
  return [...unique.entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, f]) => f);
}

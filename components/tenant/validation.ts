import type { Finding } from "../../errors.js";
import {
  durationFindings,
  intervalRule,
  sourceTimeoutRule,
  timeoutRule,
} from "../../graph/values/durations.js";
import {
  commitFindings,
  refNameFindings,
  semverFindings,
  urlFindings,
} from "../../graph/values/git-references.js";
import {
  annotationFindings,
  foreignKeyFindings,
  labelFindings,
} from "../../graph/values/labels.js";
import { namespaceFindings, quoted } from "../../graph/values/names.js";
import { shapeFindings } from "../../graph/values/shapes.js";
import { timeoutFindings } from "../../graph/values/timeouts.js";
import { sourcePathFindings } from "../../graph/values/path-findings.js";
import { credentialFindings } from "./credential-findings.js";
import type { GitSource } from "./git-source.js";
import { secretKeyFindings } from "../notification/secret-keys.js";
import { secretListFindings } from "../sops/secrets/validation.js";
import { patchFindings, tenantGuard } from "../patches.js";
import { listedObjects, tenantNamespace, tenantObjects, tenantPlace } from "./manifests.js";
import { fluxPartFindings } from "../flux-parts.js";
import { tenantManifestShape } from "./shape.js";
import type { TenantClusterRole, TenantManifestArgs, TenantOverride } from "./tenant.js";

const nothing: readonly Finding[] = [];

/**
 * Every finding of a tenant's own arguments.
 *
 * @param at - what the paths of the findings begin with, for example `Tenant "payments"`
 */
export function tenantFindings(
  name: string,
  args: TenantManifestArgs<string>,
  at: string,
): readonly Finding[] {
  const shape = shapeFindings(args, tenantManifestShape, at);
  if (shape.length > 0) return shape;
  const findings = tenantValueFindings(name, args, at);
  return findings.length > 0 ? findings : tenantPatchFindings(name, args, `${at}: patches`);
}

/** The findings of a tenant's patches against the objects that it has without them. */
export function tenantPatchFindings(
  name: string,
  { patches = [], ...args }: TenantManifestArgs<string>,
  at: string,
): readonly Finding[] {
  const objects = patches.length === 0 ? undefined : tenantObjects(name, args);
  return objects === undefined
    ? []
    : patchFindings(listedObjects(objects), patches, tenantGuard, at);
}

/** As {@link tenantFindings}, for arguments whose types are known to be right. */
export function tenantValueFindings(
  name: string,
  args: TenantManifestArgs<string>,
  at: string,
): readonly Finding[] {
  const field = (key: string): string => `${at}: ${key}`;
  const namespace = tenantNamespace(name, args);
  const { role, labels, annotations } = args;
  // Nearly all of these lists are empty: one call joins them, spreads would take eight.
  return nothing.concat(
    namespaceFindings(name, field("name")),
    namespace === name ? [] : namespaceFindings(namespace, field("namespace")),
    overridableFindings(args, namespace, field),
    fluxPartFindings(args, tenantPlace(name, args), `${at}: `),
    args.sources === undefined ? [] : ownSourceFindings(name, args.sources, field("sources")),
    secretKeyFindings(
      args.notifications ?? [],
      args.secrets ?? [],
      namespace,
      field("notifications"),
    ),
    roleFindings(role, field("role")),
    labels === undefined ? [] : labelFindings(labels, field("labels")),
    labels === undefined ? [] : foreignKeyFindings(labels, field("labels")),
    annotations === undefined ? [] : annotationFindings(annotations, field("annotations")),
    annotations === undefined ? [] : foreignKeyFindings(annotations, field("annotations")),
  );
}

/** A part that would be the source of the workload a second time. */
function ownSourceFindings(
  name: string,
  sources: NonNullable<TenantManifestArgs<string>["sources"]>,
  at: string,
): readonly Finding[] {
  return sources
    .filter((source) => source.name === name && source.args.type === "GitRepository")
    .map(() => ({
      code: "DUPLICATE_IDENTITY",
      path: `${at}[${quoted(name)}]`,
      problem: "The source of the tenant itself is the GitRepository of this name.",
      remedy: `Give it another name, or refer to that one: { kind: "source", type: "GitRepository", name: ${quoted(name)} }.`,
    }));
}

/**
 * Every finding of what a tenant is on some clusters only.
 *
 * @param namespace - Namespace of the tenant
 * @param at - where it is written, for example `Tenant "payments": overrides.rings["canary"]`
 */
export function tenantOverrideFindings(
  override: TenantOverride<string>,
  namespace: string,
  at: string,
): readonly Finding[] {
  return overridableFindings(override, namespace, (key) => `${at}.${key}`);
}

function overridableFindings(
  args: TenantOverride<string>,
  namespace: string,
  field: (key: string) => string,
): readonly Finding[] {
  const { source, path, interval, retryInterval, timeout, secrets } = args;
  return nothing.concat(
    source === undefined ? [] : sourceFindings(source, field("source")),
    path === undefined ? [] : sourcePathFindings(path, field("path")),
    durationFindings(interval, intervalRule, field("interval")),
    durationFindings(retryInterval, intervalRule, field("retryInterval")),
    durationFindings(timeout, timeoutRule, field("timeout")),
    timeoutFindings({ interval, timeout }, field("")),
    secrets === undefined ? [] : secretListFindings(secrets, namespace, field("secrets")),
  );
}

function sourceFindings(source: GitSource<string>, at: string): readonly Finding[] {
  return nothing.concat(
    urlFindings(source.url, ["https"], `${at}.url`),
    referenceFindings(source, at),
    durationFindings(source.interval, intervalRule, `${at}.interval`),
    durationFindings(source.timeout, sourceTimeoutRule, `${at}.timeout`),
    credentialFindings(source.credentials, `${at}.credentials`),
  );
}

function referenceFindings(source: GitSource<string>, at: string): readonly Finding[] {
  const { branch, tag, semver, commit } = source;
  const count = [branch, tag, semver, commit].filter((value) => value !== undefined).length;
  if (count !== 1) {
    const given = Object.entries({ branch, tag, semver, commit }).filter(
      ([, value]) => value !== undefined,
    );
    const names = given.map(([key]) => key).join(" and ");
    return [
      {
        code: "INVALID_REF",
        path: at,
        problem: given.length === 0 ? "No revision is named." : `Both ${names} are given.`,
        remedy: "Give exactly one of branch, tag, semver and commit.",
      },
    ];
  }
  if (branch !== undefined) return refNameFindings(branch, "branch", `${at}.branch`);
  if (tag !== undefined) return refNameFindings(tag, "tag", `${at}.tag`);
  return semver === undefined
    ? commitFindings(commit, `${at}.commit`)
    : semverFindings(semver, `${at}.semver`);
}

function roleFindings(role: TenantClusterRole | undefined, at: string): readonly Finding[] {
  if (role === undefined || role.reason.trim() !== "") {
    return [];
  }
  return [
    {
      code: "MISSING_REASON",
      path: `${at}.reason`,
      problem: `ClusterRole "${role.name}" lets the tenant do more than run workloads, and no reason is given.`,
      remedy: "Write why this tenant needs it, or leave `role` out.",
    },
  ];
}

import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { fluxKinds, nudge, waitForNamespace, waitUntilGone } from "../../cluster/index.js";
import type { ClusterClient } from "../../cluster/index.js";
import type { KubernetesObject } from "../../manifests/manifest.js";
import { appliedObject } from "../applied-object.js";
import { fluxNamespace } from "../bootstrap/sync.js";
import { clusterSecret } from "../cluster-secret.js";
import type { PlannedSecret } from "../fleet/rendered.js";
import { plainValues, resolveInputs } from "../resolve-inputs.js";
import { refuse } from "../resource-error.js";
import { inThisContext } from "../step.js";
import { secretHead, secretTexts } from "../sops/secrets/secret-object.js";
import { listedObjects, tenantLabel, tenantNamespace, tenantObjects } from "./manifests.js";
import { sourceSecretValues, tenantSourceSecret } from "./source-secret.js";
import type { TenantManifestArgs } from "./tenant.js";
import { tenantFindings } from "./validation.js";

/** The login of a tenant's source on one cluster, once Flux has created the Namespace there. */
export interface TenantSourceLogin {
  readonly secret: PlannedSecret;
  readonly values: Readonly<Record<string, string>>;
  readonly client: ClusterClient;
  readonly clusterUid: string;
  readonly provider: kubernetes.Provider;
  /** What must be done before: the commit, and Flux on this cluster. */
  readonly after: readonly pulumi.Resource[];
  /** Longest wait for the Namespace, in milliseconds. */
  readonly timeoutMs: number;
  /** Former names of the resource. */
  readonly aliases: readonly pulumi.Alias[];
}

/** A Secret of a tenant and its texts by key. */
export interface AppliedSecret {
  readonly secret: PlannedSecret;
  readonly values: Readonly<Record<string, string>>;
}

/** The objects of a tenant that Pulumi applies on one cluster, instead of Flux from Git. */
export interface TenantApplication {
  readonly cluster: string;
  /** In the order in which they are applied. */
  readonly objects: readonly KubernetesObject[];
  /** The tenant's Secrets, applied as soon as the Namespace is there. */
  readonly secrets: readonly AppliedSecret[];
  readonly client: ClusterClient;
  readonly clusterUid: string;
  readonly provider: kubernetes.Provider;
  /** What must be done before: the commit, and Flux on this cluster. */
  readonly after: readonly pulumi.Resource[];
  /** Longest wait until Flux has let go of the objects, in milliseconds. */
  readonly timeoutMs: number;
  /** Former names of the resource of an object. @param role - the end of its name */
  readonly aliases: (role: string) => pulumi.Alias[];
}

/** A tenant of a Fleet: the logins of its source, and its objects where Pulumi applies them. Made by `Fleet`. */
export interface FleetTenantArgs {
  readonly logins: readonly TenantSourceLogin[];
  readonly applications: readonly TenantApplication[];
}

/**
 * A tenant: Namespace, ServiceAccount, Role, RoleBinding, GitRepository and Kustomization, and the
 * objects of its sources, releases and notifications.
 *
 * On its own it provisions the tenant straight into one cluster, with the same objects that a `Fleet`
 * renders into Git. Flux must run there. Inside a Fleet, declare it with `tenant(...)` instead.
 *
 * @example
 * ```ts
 * import * as kubernetes from "@pulumi/kubernetes";
 * import { gitSource, Tenant } from "pulumi-flux-fleet";
 *
 * const provider = new kubernetes.Provider("staging");
 * new Tenant(
 *   "payments",
 *   {
 *     source: gitSource({ url: "https://github.com/acme/payments-app", branch: "main" }),
 *     path: "./deploy/staging",
 *   },
 *   { provider },
 * );
 * ```
 */
export class Tenant extends pulumi.ComponentResource {
  /** Every resource of the tenant that Pulumi applies. */
  readonly resources: readonly pulumi.Resource[];

  constructor(
    name: string,
    args: TenantManifestArgs | FleetTenantArgs,
    opts: pulumi.ComponentResourceOptions = {},
  ) {
    super("pulumi-flux-fleet:index:Tenant", name, {}, opts);
    this.resources = "logins" in args ? ofFleet(name, args, this) : standAlone(name, args, this);
    this.registerOutputs({});
  }
}

/** Applies the objects that are Pulumi's, then the logins, each after the objects of its cluster. */
function ofFleet(
  name: string,
  { logins, applications }: FleetTenantArgs,
  parent: Tenant,
): readonly pulumi.Resource[] {
  const applied = new Map(
    applications.map((one) => [one.cluster, inCluster(name, one, parent)] as const),
  );
  const ofLogins = logins.map((login) => {
    const after = [...login.after, ...(applied.get(login.secret.cluster) ?? [])];
    return sourceLogin(name, { ...login, after }, parent);
  });
  return [...[...applied.values()].flat(), ...ofLogins];
}

/** Applies the objects on one cluster, where they stay when they leave the state. */
function inCluster(
  name: string,
  application: TenantApplication,
  parent: Tenant,
): readonly pulumi.CustomResource[] {
  const { cluster, objects, secrets, client, timeoutMs, clusterUid } = application;
  const own = objects.find(({ kind }) => kind === "Kustomization")?.metadata.name ?? name;
  // Two appliers at once would each undo what only the other says.
  const released = new pulumi.ResourceHook(
    `${name}-${cluster}-released`,
    inThisContext(async () => {
      await nudge(client, "GitRepository", fluxNamespace, fluxNamespace);
      const ref = { ...fluxKinds.Kustomization, namespace: fluxNamespace, name: own };
      await waitUntilGone(client, ref, { timeoutMs });
    }),
  );
  const made: pulumi.CustomResource[] = [];
  const options = (role: string): pulumi.CustomResourceOptions => ({
    parent,
    provider: application.provider,
    dependsOn: [...application.after, ...made],
    aliases: application.aliases(role),
    retainOnDelete: true,
    replacementTrigger: clusterUid,
    hooks: { beforeCreate: [released] },
  });
  for (const object of objects) {
    const role = roleOf(object, own);
    const opts = options(role);
    // Flux stays the manager of fields that it wrote before.
    const force = { "pulumi.com/patchForce": "true" };
    const key = `${name}-${cluster}-${role}`;
    made.push(appliedObject(key, object, Promise.resolve(object), opts, force));
    if (object.kind !== "Namespace") continue;
    const inNamespace = secrets.map((one) => {
      const secretRole = `secret-${one.secret.name}`;
      const secretOpts = options(secretRole);
      return clusterSecret(`${name}-${cluster}-${secretRole}`, { ...one, clusterUid }, secretOpts);
    });
    made.push(...inNamespace);
  }
  return made;
}

/** What a tenant has exactly one of; others are told apart by their names. */
const single = ["Namespace", "ServiceAccount", "Role", "RoleBinding", "Kustomization"];

/**
 * The end of the name of an object's resource.
 *
 * @param own - the name of the tenant on the cluster, which its source has, too
 */
function roleOf({ kind, metadata }: KubernetesObject, own: string): string {
  const isOwn = single.includes(kind) || (kind === "GitRepository" && metadata.name === own);
  return isOwn ? kind.toLowerCase() : `${kind.toLowerCase()}-${metadata.name}`;
}

/** Applies the Secret as soon as the Namespace exists, then asks for the source to be fetched. */
function sourceLogin(name: string, login: TenantSourceLogin, parent: Tenant): pulumi.Resource {
  const { secret, client } = login;
  const key = `${name}-${secret.cluster}-source`;
  const before = new pulumi.ResourceHook(
    `${key}-namespace`,
    inThisContext(async () => {
      await nudge(client, "GitRepository", fluxNamespace, fluxNamespace);
      await waitForNamespace(client, secret.namespace, { timeoutMs: login.timeoutMs });
    }),
  );
  const after = new pulumi.ResourceHook(
    `${key}-nudge`,
    inThisContext(async () => {
      const source = secret.source ?? name;
      await nudge(client, "GitRepository", secret.namespace, source).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        void pulumi.log.warn(`The source is fetched at its next interval: ${why}`, parent);
      });
    }),
  );
  return clusterSecret(
    key,
    { secret, values: login.values, clusterUid: login.clusterUid },
    {
      parent,
      provider: login.provider,
      dependsOn: [...login.after],
      aliases: [...login.aliases],
      hooks: {
        beforeCreate: [before],
        beforeUpdate: [before],
        afterCreate: [after],
        afterUpdate: [after],
      },
    },
  );
}

/** Applies every object through the inherited provider, each after the ones it needs. */
function standAlone(
  name: string,
  args: TenantManifestArgs,
  parent: Tenant,
): readonly pulumi.Resource[] {
  const plain = plainValues(args);
  refuse(tenantFindings(name, plain, `Tenant "${name}"`), parent);
  const resolved = resolveInputs(args).then((values) => {
    refuse(tenantFindings(name, values, `Tenant "${name}"`), parent);
    return listed(name, values);
  });
  const made: pulumi.CustomResource[] = [];
  for (const [index, shape] of listed(name, plain).entries()) {
    const object = resolved.then((objects) => objects[index] ?? shape);
    const key = `${name}-${roleOf(shape, name)}`;
    made.push(appliedObject(key, shape, object, { parent, dependsOn: [...made] }));
    if (shape.kind !== "Namespace") continue;
    const opts = { parent, dependsOn: [...made], retainOnDelete: false };
    made.push(...standAloneLogin(name, args, opts), ...standAloneSecrets(name, args, opts));
  }
  return made;
}

/** The login of the source, in the Namespace and before the source that reads it. */
function standAloneLogin(
  name: string,
  { namespace, source }: TenantManifestArgs,
  opts: pulumi.CustomResourceOptions,
): readonly pulumi.CustomResource[] {
  const placed = namespace === undefined ? { source } : { namespace, source };
  const secret = tenantSourceSecret(name, placed, "");
  if (secret === undefined || source.credentials === undefined) return [];
  const values = sourceSecretValues(source.credentials);
  return [clusterSecret(`${name}-source-login`, { secret, values }, opts)];
}

/** The Secrets of the tenant, before anything that may read them. */
function standAloneSecrets(
  name: string,
  args: TenantManifestArgs,
  opts: pulumi.CustomResourceOptions,
): readonly pulumi.CustomResource[] {
  const place = { namespace: tenantNamespace(name, args), labels: { [tenantLabel]: name } };
  return (args.secrets ?? []).map((part) => {
    const { metadata, type = "Opaque", immutable = false } = secretHead(part, place);
    const { namespace = place.namespace, labels = {}, annotations = {} } = metadata;
    const secret = { name: part.name, namespace, labels, annotations, type, immutable };
    const values = pulumi.output(part.args).apply((plain) => secretTexts(plain));
    return clusterSecret(`${name}-secret-${part.name}`, { secret, values }, opts);
  });
}

function listed(name: string, args: TenantManifestArgs<string>): readonly KubernetesObject[] {
  const objects = tenantObjects(name, args);
  if (objects === undefined) throw new TypeError("an active tenant has objects");
  return listedObjects(objects);
}

import * as pulumi from "@pulumi/pulumi";
import { FleetError } from "../../errors.js";
import type { Finding } from "../../errors.js";
import { durationSeconds } from "../../graph/durations.js";
import { loadInstallManifests } from "../bootstrap/install-file.js";
import { fluxVersions, unreadManifests } from "../bootstrap/flux-versions.js";
import { plainValues, resolveInputs } from "../resolve-inputs.js";
import { asResourceError } from "../resource-error.js";
import { Tenant } from "../tenant/tenant-component.js";
import { Cluster } from "./cluster-component.js";
import { observationFindings, observeFleet, observeLeaving } from "./fleet-observation.js";
import type { ObservedCluster } from "./fleet-observation.js";
import { changeReport, compare, observeRepository, publishStep } from "./fleet-publication.js";
import { allRun, silentFindings, waitStep } from "./fleet-wait.js";
import type { FleetArgs, FleetDeclaration } from "./fleet.js";
import { secretValues } from "./planned-secrets.js";
import { checkFleet, renderFleet } from "./render-fleet.js";
import type { RenderedCluster } from "./rendered.js";

/**
 * A whole fleet: commits its tree in one Git commit, creates the few cluster objects that must not be
 * in Git, installs Flux where it is missing, and waits until every cluster runs that commit.
 *
 * Everything is checked before anything is written. `destroy` leaves the repository and the clusters
 * as they are.
 *
 * @throws ResourceError with every finding at once, see `docs/errors.md`
 * @example
 * ```ts
 * import { cluster, Fleet } from "pulumi-flux-fleet";
 *
 * const fleet = new Fleet("acme", {
 *   repository: {
 *     url: "https://github.com/acme/fleet-infra",
 *     branch: "main",
 *     push: { token: "from config.requireSecret" },
 *   },
 *   flux: { version: "2.9.4" },
 *   clusters: [cluster("eu-west-1", { environment: "production" })],
 * });
 * export const commit = fleet.commit;
 * ```
 */
export class Fleet extends pulumi.ComponentResource {
  /** The commit that carries what is declared; unknown in a preview that would make another one. */
  readonly commit: pulumi.Output<string>;

  constructor(name: string, args: FleetArgs, opts: pulumi.ComponentResourceOptions = {}) {
    refuseOptions(name, opts);
    super("pulumi-flux-fleet:index:Fleet", name, {}, opts);
    checkPlainValues(name, args, this);
    this.commit = pulumi.output(
      assemble(this, name, args).catch((error: unknown) => {
        throw asResourceError(error, this);
      }),
    );
    // Open until every child is registered: children come after the world was observed.
    this.registerOutputs({ commit: this.commit });
  }
}

/** Engine options that would change what a Fleet is, behind its back. */
function refuseOptions(name: string, opts: pulumi.ComponentResourceOptions): void {
  // Both are options of custom resources; plain JavaScript can give them all the same.
  const given = opts as pulumi.CustomResourceOptions;
  const findings = (["ignoreChanges", "replaceOnChanges"] as const).flatMap(
    (option): readonly Finding[] =>
      given[option] === undefined
        ? []
        : [
            {
              code: "OPTION_REFUSED",
              path: `Fleet "${name}": opts.${option}`,
              problem: "A Fleet cannot leave a part of what it declares out.",
              remedy: `Remove ${option}; change the declaration instead.`,
            },
          ],
  );
  if (findings.length > 0) throw asResourceError(new FleetError(findings));
}

/** Plain values fail at construction; values that come from resources are checked when they are there. */
function checkPlainValues(name: string, args: FleetArgs, fleet: Fleet): void {
  const declaration = plainValues<FleetDeclaration>(args);
  const { flux } = declaration as Partial<FleetDeclaration>; // a data file may have left it out
  const versions = fluxVersions(flux?.version);
  const installManifests = new Map(versions.map((version) => [version, unreadManifests(version)]));
  refuse(checkFleet(name, declaration, { installManifests }), fleet);
}

function refuse(findings: readonly Finding[], fleet: Fleet): void {
  const stopping = findings.filter(({ severity }) => severity !== "warning");
  if (stopping.length > 0) throw asResourceError(new FleetError(stopping), fleet);
}

/** Observes, renders, compares, and registers what `up` has to do, in the order in which it does it. */
async function assemble(
  fleet: Fleet,
  name: string,
  args: FleetArgs,
): Promise<pulumi.Output<string>> {
  const declaration = await resolveInputs<FleetDeclaration>(args);
  const log = (line: string): void => void pulumi.log.info(line, fleet, undefined, true);
  const [installManifests, repository, observed] = await Promise.all([
    loadInstallManifests(fluxVersions(declaration.flux.version), declaration.flux.manifests),
    observeRepository(name, declaration),
    observeFleet(declaration),
  ]);
  const { record, reader } = repository;
  try {
    const observations = await observeLeaving(record, observed);
    const rendered = renderFleet(name, declaration, { installManifests, record, observations });
    const plan = await compare(repository, rendered, declaration);
    refuse([...(plan?.findings ?? []), ...observationFindings(observed)], fleet);
    await report(
      fleet,
      [...rendered.warnings, ...silentFindings({ declaration, observed })],
      changeReport(repository, plan, rendered),
    );

    const publication = publishStep(
      `${name}-publish`,
      repository,
      { plan, rendered, declaration, log },
      { parent: fleet },
    );
    const head = plan?.change.isEmpty === true ? reader?.head.ownershipCommit : undefined;
    const commit = head === undefined ? published(publication.result) : pulumi.output(head);
    const settled =
      head !== undefined &&
      reader !== undefined &&
      (await allRun(head, reader, { rendered, declaration, observed }));
    const { wait } = declaration;
    const timeoutMs = 1000 * ((wait !== false && durationSeconds(wait?.timeout ?? "")) || 600);

    const context = { fleet, name, declaration, observed, timeoutMs, after: publication.resource };
    const clusters = rendered.clusters.map((cluster) => registerCluster(cluster, context));
    const tenants = registerTenants(rendered.clusters, clusters, context);
    if (wait === false) return commit;
    const waited = waitStep(
      `${name}-wait`,
      {
        rendered,
        declaration,
        observed,
        remote: repository.remote,
        commit,
        settled,
        timeoutMs,
        log,
      },
      {
        parent: fleet,
        dependsOn: [publication.resource, ...clusters.flatMap(installedOf), ...tenants],
      },
    );
    return pulumi.all([commit, waited.result]).apply(([made]) => made);
  } finally {
    await reader?.dispose();
  }
}

/** The commit of this run. In a preview it is not known; in an `up` that left the Step out it does not exist. */
function published(result: pulumi.Output<string | undefined>): pulumi.Output<string> {
  if (pulumi.runtime.isDryRun()) return pulumi.output(pulumi.unknown as string);
  return result.apply((commit) => {
    if (commit !== undefined) return commit;
    throw new FleetError([
      {
        code: "STEP_LEFT_OUT",
        path: "repository",
        problem: "The repository is not as declared, and this run left out the Step that commits.",
        remedy: "Run up without --target, or name the Fleet's children as targets too.",
      },
    ]);
  });
}

interface Registration {
  readonly fleet: Fleet;
  readonly name: string;
  readonly declaration: FleetDeclaration;
  readonly observed: ReadonlyMap<string, ObservedCluster>;
  readonly timeoutMs: number;
  /** What every cluster object waits for. */
  readonly after: pulumi.Resource;
}

interface RegisteredCluster {
  readonly component: Cluster;
  readonly client: ObservedCluster["client"];
  /** Absent when the cluster did not answer. */
  readonly uid: string | undefined;
}

/** Registers a cluster with a kubeconfig; one without is rendered and named as such. */
function registerCluster(
  cluster: RenderedCluster,
  { fleet, name, declaration, observed, timeoutMs, after }: Registration,
): RegisteredCluster | undefined {
  const part = declaration.clusters.find((one) => one.name === cluster.name);
  const one = observed.get(cluster.name);
  if (part?.args.kubeconfig === undefined || one === undefined) {
    return undefined;
  }
  const { client, seen } = one;
  const bootstrap = seen.reachable
    ? {
        cluster,
        client,
        identity: { uid: seen.uid, endpoint: seen.endpoint },
        expectedUid: part.args.identity,
        namespacePresent: seen.root !== undefined || seen.controllers.length > 0,
        rootPresent: seen.root?.lastAppliedRevision !== undefined,
        values: (secret: Parameters<typeof secretValues>[0]) => secretValues(secret, declaration),
        timeoutMs,
      }
    : undefined;
  const component = new Cluster(
    `${name}-${cluster.name}`,
    cluster.name,
    { kubeconfig: part.args.kubeconfig, bootstrap },
    { parent: fleet, dependsOn: after },
  );
  return { component, client, uid: seen.reachable ? seen.uid : undefined };
}

function installedOf(cluster: RegisteredCluster | undefined): readonly pulumi.Resource[] {
  return cluster?.component.installed === undefined ? [] : [cluster.component.installed];
}

/** One component per tenant; it holds the logins of the tenant's source on each of its clusters. */
function registerTenants(
  rendered: readonly RenderedCluster[],
  registered: readonly (RegisteredCluster | undefined)[],
  { fleet, name, declaration, timeoutMs, after }: Registration,
): readonly pulumi.Resource[] {
  const byTenant = new Map<string, ConstructorParameters<typeof Tenant>[1] & { logins: Login[] }>();
  for (const tenant of declaration.tenants ?? []) byTenant.set(tenant.name, { logins: [] });
  for (const [index, { secrets }] of rendered.entries()) {
    const cluster = registered[index];
    if (cluster?.uid === undefined) continue;
    for (const secret of secrets) {
      if (secret.purpose !== "source" || secret.tenant === undefined) continue;
      byTenant.get(secret.tenant)?.logins.push({
        secret,
        values: secretValues(secret, declaration),
        client: cluster.client,
        clusterUid: cluster.uid,
        provider: cluster.component.provider,
        after: [after, ...installedOf(cluster)],
        timeoutMs,
      });
    }
  }
  return [...byTenant].flatMap(
    ([tenant, args]) => new Tenant(`${name}-${tenant}`, args, { parent: fleet }).resources,
  );
}

type Login = Extract<
  ConstructorParameters<typeof Tenant>[1],
  { readonly logins: unknown }
>["logins"][number];

async function report(fleet: Fleet, findings: readonly Finding[], change: string): Promise<void> {
  await pulumi.log.info(change, fleet);
  for (const { path, problem, remedy } of findings) {
    await pulumi.log.warn(`${path}: ${problem} ${remedy}`, fleet);
  }
}

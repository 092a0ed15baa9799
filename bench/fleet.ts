import type { ClusterArgs, FleetDeclaration, RenderContext, TenantArgs } from "../core.js";
import { cluster, layer, tenant } from "../core.js";
import { recipients } from "../test/fixtures/fleets.js";
import { smallInstallManifests } from "../test/fixtures/install-manifests.js";

/** How large a fleet is. */
export interface FleetSize {
  readonly clusters: number;
  /** Tenants on each cluster; no two clusters share one. */
  readonly tenants: number;
}

/** What every contender's fleet runs; its components are the same text on all clusters. */
export const fluxVersion = "2.9.4";

/** What rendering needs besides the declaration. Made before the clock runs. */
export function benchContext(): RenderContext {
  return { installManifests: new Map([[fluxVersion, smallInstallManifests(fluxVersion)]]) };
}

/** Arguments of every part: what the program of a platform team, or its data files, hold. */
export interface FleetArguments {
  readonly clusters: readonly NamedArguments<ClusterArgs<string>>[];
  readonly tenants: readonly NamedArguments<TenantArgs<string>>[];
}

interface NamedArguments<Args> {
  readonly name: string;
  readonly args: Args;
}

/**
 * Every cluster has its own tenants; every tenant has its own repository, path and description, and
 * five objects. Made before the clock runs.
 */
export function fleetArguments({ clusters, tenants }: FleetSize): FleetArguments {
  const numbers = range(clusters);
  const made: FleetArguments = {
    clusters: numbers.map(clusterArguments),
    tenants: numbers.flatMap((on) => range(tenants).map((number) => tenantArguments(on, number))),
  };
  // As if read from data files, which is how the other contenders get their objects.
  return JSON.parse(JSON.stringify(made)) as FleetArguments;
}

/** The parts of the fleet, as a program declares them. */
export function declareFleet({ clusters, tenants }: FleetArguments): FleetDeclaration {
  const infrastructure = layer("infrastructure", {
    clusters: "all",
    directory: "./infrastructure/overlays/<environment>",
  });
  return {
    repository: {
      url: "https://git.example.com/platform/fleet-infra",
      branch: "main",
      push: { token: "push-token" },
    },
    flux: { version: fluxVersion },
    clusters: clusters.map(({ name, args }) => cluster(name, args)),
    layers: [infrastructure],
    tenants: tenants.map(({ name, args }) => tenant(name, args)),
    sops: { breakGlass: [recipients[1]] },
  };
}

function clusterArguments(number: number): NamedArguments<ClusterArgs<string>> {
  const name = clusterName(number);
  return {
    name,
    args: {
      environment: number % 4 === 0 ? "staging" : "production",
      labels: { provider: number % 2 === 0 ? "aws" : "gcp" },
      age: { recipient: recipients[0] },
      variables: { CLUSTER_NAME: name, REGION: `region-${String(number)}` },
    },
  };
}

function tenantArguments(on: number, number: number): NamedArguments<TenantArgs<string>> {
  const name = `team-${digits(on, 3)}-${digits(number, 2)}`;
  const id = String(on * 1000 + number);
  return {
    name,
    args: {
      clusters: [{ kind: "cluster", name: clusterName(on) }],
      dependsOn: [{ kind: "layer", name: "infrastructure" }],
      source: {
        kind: "gitSource",
        url: `https://git.example.com/apps/${name}`,
        branch: `release-${id}`,
      },
      path: `./deploy/${clusterName(on)}/${name}`,
      namespace: `apps-${id.padStart(6, "0")}`,
      role: { kind: "ClusterRole", name: "edit", reason: `runs Flux kinds, see PLT-${id}` },
      labels: { "example.com/cost-center": `cc-${id}`, "example.com/team": `t-${id}` },
      annotations: annotations(name, id),
    },
  };
}

/** What teams write beside their Namespace; some of it needs quotes, escapes or several lines. */
function annotations(name: string, id: string): Readonly<Record<string, string>> {
  const last = id.slice(-1);
  return {
    "example.com/owner": `owner-${id}@example.com`,
    "example.com/on-call": `#on-call-${id}`,
    "example.com/runbook": `https://wiki.example.com/runbooks/${name}?version=${id}`,
    "example.com/dashboard": `https://metrics.example.com/d/${id}/${name}`,
    "example.com/description": `Büro "${id}": what ${name} runs\nand why it runs here`,
    "example.com/opened": `2026-01-1${last}T10:0${last}:00Z, request ${id}`,
    "example.com/budget": id,
    "example.com/data-classes": `[internal, "class ${id}"]`,
    "example.com/channel": `https://chat.example.com/channels/${id}`,
    "example.com/tickets": `https://tickets.example.com/browse/PLT-${id}`,
    "example.com/contract": `C-${id}/2026`,
    "example.com/service-level": `0.99${last}, see annex ${id}`,
    "example.com/backup": `0 ${last} * * * # ${name}`,
    "example.com/review": `reviewed-by-${id}`,
    "example.com/repository": `git.example.com/apps/${name}`,
    "example.com/product": `Product ${id}`,
  };
}

function clusterName(number: number): string {
  return `eu-${digits(number, 3)}`;
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function digits(number: number, width: number): string {
  return String(number).padStart(width, "0");
}

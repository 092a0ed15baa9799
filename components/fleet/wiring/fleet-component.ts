import * as pulumi from "@pulumi/pulumi";
import { FleetError } from "../../../errors.js";
import type { Finding } from "../../../errors.js";
import { fluxVersions, unreadManifests } from "../../bootstrap/flux-versions.js";
import { plainValues } from "../../resolve-inputs.js";
import { asResourceError, refuse } from "../../resource-error.js";
import { assembleFleet } from "./fleet-assembly.js";
import type { FleetArgs, FleetDeclaration } from "../fleet.js";
import { checkFleet } from "../render-fleet.js";

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
    super("pulumi-flux-fleet:index:Fleet", name, {}, withFormerName(args, opts));
    checkPlainValues(name, args, this);
    this.commit = pulumi.output(
      assembleFleet(this, name, args).catch((error: unknown) => {
        throw asResourceError(error, this);
      }),
    );
    // Open until every child is registered: children come after the world was observed.
    this.registerOutputs({ commit: this.commit });
  }
}

/** What is recorded under the former name is this Fleet's. */
function withFormerName(
  { formerly }: FleetArgs,
  opts: pulumi.ComponentResourceOptions,
): pulumi.ComponentResourceOptions {
  return formerly === undefined
    ? opts
    : { ...opts, aliases: [...(opts.aliases ?? []), { name: formerly }] };
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
  const declaration = plainValues(args);
  const { flux } = declaration as Partial<FleetDeclaration>; // a data file may have left it out
  const versions = fluxVersions(flux?.version);
  const installManifests = new Map(versions.map((version) => [version, unreadManifests(version)]));
  refuse(checkFleet(name, declaration, { installManifests }), fleet);
}

import * as pulumi from "@pulumi/pulumi";
import { FleetError } from "../../../errors.js";
import type { Finding } from "../../../errors.js";
import { pollReport } from "../../../graph/polls.js";
import { durationSeconds } from "../../../graph/values/durations.js";
import { loadInstallManifests } from "../../bootstrap/install-file.js";
import { fluxVersions } from "../../bootstrap/flux-versions.js";
import { resolveInputs } from "../../resolve-inputs.js";
import { asResourceError, refuse } from "../../resource-error.js";
import { installedOf, registerClusters, registerTenants } from "./cluster-registration.js";
import { fleetEncryption } from "./encryption-assembly.js";
import { observationFindings, observeFleet, observeLeaving } from "./fleet-observation.js";
import type { FleetArgs, FleetDeclaration } from "../fleet.js";
import { observeIdentities } from "./identity-observation.js";
import { formerChildNames } from "../former-names.js";
import { handWrittenFiles } from "../hand-written/head-texts.js";
import { movedObjects } from "./moved-objects.js";
import { sparseFindings } from "./sparse-findings.js";
import { changeReport, compare, observeRepository, publishStep } from "./publish-step.js";
import { isRetired } from "../model.js";
import { renderFleet } from "../render-fleet.js";
import { unpairedFindings } from "../validation/identity-validation.js";
import { observeUpgrades } from "./upgrade-observation.js";
import { allRun, olderCommits, silentFindings, waitStep } from "./wait-step.js";

/** Observes, renders, compares, and registers what `up` has to do, in the order in which it does it. */
export async function assembleFleet(
  fleet: pulumi.ComponentResource,
  name: string,
  args: FleetArgs,
): Promise<pulumi.Output<string>> {
  const declaration = await resolveInputs(args);
  const log = (line: string): void => void pulumi.log.info(line, fleet, undefined, true);
  const [installManifests, repository, observed] = await Promise.all([
    loadInstallManifests(fluxVersions(declaration.flux.version), declaration.flux.manifests),
    observeRepository(name, declaration),
    observeFleet(declaration),
  ]);
  const { record, reader } = repository;
  try {
    const [observations, ageObservations, directories] = await Promise.all([
      observeLeaving(record, observed),
      observeIdentities(record, observed, reader),
      handWrittenFiles(declaration, reader),
    ]);
    const known = { installManifests, record, observations, ageObservations, directories };
    const view = { fleet, name, declaration, context: known, reader };
    const { findings: encryption, ...secrets } = await fleetEncryption(view);
    const rendered = renderFleet(name, declaration, { ...known, ...secrets });
    const { clusters: wanted } = rendered;
    const [plan, upgrades] = await Promise.all([
      compare(repository, rendered, declaration),
      observeUpgrades({ clusters: wanted, declaration, record, observed }),
    ]);
    const moved = await movedObjects(repository, plan, rendered);
    const vanished = sparseFindings(repository, plan, rendered);
    const seen = [...(plan?.findings ?? []), ...observationFindings(wanted, observed), ...upgrades];
    refuse([...seen, ...moved, ...vanished, ...(await unpairedFindings(declaration))], fleet);
    await report(
      fleet,
      [
        ...rendered.warnings,
        ...encryption,
        ...silentFindings({ declaration, observed }),
        ...upgrades,
      ],
      [
        ...renderedOnly(declaration),
        ...(pulumi.runtime.isDryRun()
          ? [pollReport(rendered.polls, declaration.polling?.limits)]
          : []),
        changeReport(repository, plan, rendered, secrets.envelopes),
      ],
    );

    const stepAliases = (role: string): pulumi.Alias[] => [
      ...formerChildNames([[name, declaration.formerly], [role]]),
    ];
    const publication = publishStep(
      `${name}-publish`,
      repository,
      { plan, rendered, declaration, log },
      { parent: fleet, aliases: stepAliases("publish") },
    );
    const head = plan?.change.isEmpty === true ? reader?.head.ownershipCommit : undefined;
    const commit = head === undefined ? published(publication.result, fleet) : pulumi.output(head);
    const settled =
      head !== undefined &&
      reader !== undefined &&
      (await allRun(head, reader, { rendered, declaration, observed }));
    const { wait } = declaration;
    const timeoutMs = 1000 * ((wait !== false && durationSeconds(wait?.timeout ?? "")) || 600);

    const after = publication.resource;
    const registration = {
      ...{ fleet, name, declaration, observed, timeoutMs, after },
      ...{ record: rendered.record, identities: secrets.identities },
    };
    const clusters = registerClusters(rendered.clusters, registration);
    const tenants = registerTenants(rendered.clusters, clusters, registration);
    if (wait === false) return commit;
    const waited = waitStep(
      `${name}-wait`,
      {
        rendered,
        declaration,
        observed,
        remote: repository.remote,
        older: settled ? new Set() : await olderCommits(head, reader, observed),
        commit,
        settled,
        timeoutMs,
        log,
        warn: (line) => void pulumi.log.warn(line, fleet),
      },
      {
        parent: fleet,
        aliases: stepAliases("wait"),
        dependsOn: [publication.resource, ...clusters.flatMap(installedOf), ...tenants],
      },
    );
    return pulumi.all([commit, waited.result]).apply(([made]) => made);
  } finally {
    await reader?.dispose();
  }
}

/** The commit of this run. In a preview it is not known; in an `up` that left the Step out it does not exist. */
function published(
  result: pulumi.Output<string | undefined>,
  fleet: pulumi.ComponentResource,
): pulumi.Output<string> {
  return result.apply((commit) => {
    // Unknown and yet dependent on the Step, as in the `up` that carries out a saved plan.
    if (pulumi.runtime.isDryRun()) return pulumi.output(pulumi.unknown as string);
    if (commit !== undefined) return pulumi.output(commit);
    const finding: Finding = {
      code: "STEP_LEFT_OUT",
      path: "repository",
      problem: "The repository is not as declared, and this run left out the Step that commits.",
      remedy: "Run up without --target, or name the Fleet's children as targets too.",
    };
    throw asResourceError(new FleetError([finding]), fleet);
  });
}

/** Names the clusters that Pulumi never talks to; at most ten, for there may be hundreds. */
function renderedOnly({ clusters }: FleetDeclaration): readonly string[] {
  const names = clusters
    .filter((part) => part.args.kubeconfig === undefined && !isRetired(part))
    .map(({ name }) => name);
  if (names.length === 0) return [];
  const rest = names.length > 10 ? `, and ${String(names.length - 10)} more` : "";
  const shown = names.sort().slice(0, 10).join(", ");
  return [`without kubeconfig, so rendered but neither installed nor waited for: ${shown}${rest}`];
}

async function report(
  fleet: pulumi.ComponentResource,
  findings: readonly Finding[],
  texts: readonly string[],
): Promise<void> {
  // The status column shows the last of these.
  for (const text of texts) await pulumi.log.info(text, fleet);
  for (const { path, problem, remedy } of findings) {
    await pulumi.log.warn(`${path}: ${problem} ${remedy}`, fleet);
  }
}

import type { Finding } from "../../../errors.js";
import {
  durationFindings,
  durationSeconds,
  intervalRule,
  timeoutRule,
} from "../../../graph/values/durations.js";
import { refNameFindings, urlFindings } from "../../../graph/values/git-references.js";
import { nameFindings, quoted } from "../../../graph/values/names.js";
import { repoPathFindings } from "../../../graph/values/path-findings.js";
import { requiredComponents, selectedComponents } from "../../bootstrap/flux-components.js";
import { pluginFindings, recipientListFindings } from "../../sops/recipients.js";
import { credentialFindings } from "../../tenant/credential-findings.js";
import type { FleetDeclaration, RepositoryArgs } from "../fleet.js";
import type { FleetModel } from "../model.js";
import type { RenderContext } from "../rendered.js";

/** The findings of what a fleet says about itself, apart from its parts. */
export function fleetFindings(name: string, declaration: FleetDeclaration): readonly Finding[] {
  const { repository, sops, wait, adopt = [], restore = [], removal } = declaration;
  return [
    ...nameFindings(name, "name"),
    ...repositoryFindings(repository),
    ...recipientListFindings(sops?.breakGlass ?? [], "sops.breakGlass", { plugins: sops?.plugins }),
    ...pluginFindings(sops?.plugins ?? [], "sops.plugins"),
    ...(wait === undefined || wait === false
      ? []
      : [
          ...durationFindings(wait.timeout, timeoutRule, "wait.timeout"),
          ...patienceFindings(wait.timeout, declaration),
        ]),
    ...adopt.flatMap((path, index) => repoPathFindings(path, `adopt[${String(index)}]`)),
    ...restore.flatMap((path, index) => repoPathFindings(path, `restore[${String(index)}]`)),
    ...(removal === undefined || removal.reason.trim() !== ""
      ? []
      : [
          {
            code: "MISSING_REASON" as const,
            path: "removal.reason",
            problem: "The reason is empty.",
            remedy: "Write why this commit may remove layers, or leave `removal` out.",
          },
        ]),
    ...(declaration.clusters.length > 0
      ? []
      : [
          {
            code: "EMPTY_SELECTOR" as const,
            path: "clusters",
            problem: "The fleet has no cluster.",
            remedy: "List at least one.",
          },
        ]),
  ];
}

/** `up` that gives up before a layer does could not say why the layer fails. */
function patienceFindings(
  timeout: string | undefined,
  { layers = [] }: FleetDeclaration,
): readonly Finding[] {
  const patience = timeout === undefined ? undefined : durationSeconds(timeout);
  if (patience === undefined) return [];
  const longer = layers.filter(({ args }) => (durationSeconds(args.timeout ?? "") ?? 0) > patience);
  if (longer.length === 0) return [];
  const names = longer.map(({ name }) => quoted(name)).join(", ");
  return [
    {
      code: "TIMEOUT_TOO_SHORT",
      path: "wait.timeout",
      problem: `\`up\` gives up after ${quoted(timeout)}, before layer ${names} does, and could not say why it fails.`,
      remedy: "Wait at least as long as the longest timeout of a layer.",
      severity: "warning",
    },
  ];
}

function repositoryFindings(repository: RepositoryArgs<string>): readonly Finding[] {
  const { url, branch, push, sync } = repository;
  const { url: pushUrl, ...login } = push;
  const needsLogin = (pushUrl ?? url).startsWith("https:") && login.token === undefined;
  return [
    ...urlFindings(url, ["https"], "repository.url"),
    ...refNameFindings(branch, "branch", "repository.branch"),
    ...(pushUrl === undefined
      ? []
      : urlFindings(pushUrl, ["https", "file"], "repository.push.url")),
    ...credentialFindings(login, "repository.push"),
    ...(needsLogin
      ? [
          {
            code: "MISSING_CREDENTIALS" as const,
            path: "repository.push.token",
            problem: "There is no token to push with.",
            remedy: "Give one that may write to the repository.",
          },
        ]
      : []),
    ...credentialFindings(sync?.credentials, "repository.sync.credentials"),
    ...durationFindings(sync?.interval, intervalRule, "repository.sync.interval"),
  ];
}

/** The findings of versions and components against the install manifests that there are. */
export function fluxFindings(model: FleetModel, context: RenderContext): readonly Finding[] {
  const { version, components } = model.declaration.flux;
  const selected = selectedComponents(components);
  return [
    ...(typeof version === "string" ? [] : ringFindings(version, model)),
    ...versionFindings(model, context),
    ...requiredComponents
      .filter((name) => !selected.includes(name))
      .map((name): Finding => ({
        code: "UNKNOWN_COMPONENT",
        path: "flux.components",
        problem: `${name} is missing; without it no cluster follows Git.`,
        remedy: "Add it.",
      })),
  ];
}

function ringFindings(
  version: Readonly<Record<string, string>>,
  { index, clusters }: FleetModel,
): readonly Finding[] {
  const unused = Object.keys(version).filter(
    (ring) => ring !== "default" && !index.rings.includes(ring),
  );
  const without = clusters.filter(({ fluxVersion }) => fluxVersion === undefined);
  const rings = [...new Set(without.map(({ ring }) => ring))].sort();
  return [
    ...unused.map((ring): Finding => ({
      code: "EMPTY_SELECTOR",
      path: `flux.version[${quoted(ring)}]`,
      problem: "No cluster is in this ring.",
      remedy: `Use one of ${index.rings.join(", ")} or "default".`,
    })),
    ...rings.map((ring): Finding => ({
      code: "UNKNOWN_FLUX_VERSION",
      path: "flux.version",
      problem: `Ring ${quoted(ring)} has no Flux version.`,
      remedy: 'Add one for this ring or for "default".',
    })),
  ];
}

function versionFindings(model: FleetModel, context: RenderContext): readonly Finding[] {
  const wanted = new Set(model.clusters.map(({ fluxVersion }) => fluxVersion));
  const components = selectedComponents(model.declaration.flux.components);
  const known = [...context.installManifests.keys()].sort();
  return [...wanted].flatMap((version): readonly Finding[] => {
    const release = version === undefined ? undefined : context.installManifests.get(version);
    if (version === undefined) {
      return [];
    }
    if (release === undefined) {
      const remedy =
        known.length === 0 ? "Give a version that has some." : `Use one of ${known.join(", ")}.`;
      const problem = `There are no install manifests of Flux ${quoted(version)}.`;
      return [{ code: "UNKNOWN_FLUX_VERSION", path: "flux.version", problem, remedy }];
    }
    return components
      .filter((name) => !Object.hasOwn(release.components, name))
      .map((name) => ({
        code: "UNKNOWN_COMPONENT",
        path: "flux.components",
        problem: `The install manifests of Flux ${version} have no ${name}.`,
        remedy: `Use some of ${Object.keys(release.components).sort().join(", ")}.`,
      }));
  });
}

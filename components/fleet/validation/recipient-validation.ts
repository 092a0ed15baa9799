import type { Finding } from "../../../errors.js";
import { isInGit } from "../../../graph/changes/appliers.js";
import { fluxLineOf } from "../../../graph/changes/upgrades.js";
import { quoted, someNames } from "../../../graph/values/names.js";
import { tenantDecrypts } from "../cluster-identity.js";
import type { FleetDeclaration } from "../fleet.js";
import type { FleetModel, ModelCluster } from "../model.js";
import { secretsOn } from "../overrides.js";
import { declaresSecrets } from "./rendered-secrets.js";
import { partTitle } from "./shape-validation.js";

/** Environments whose secrets must survive the loss of an identity, whatever the fleet says. */
const productions = ["production", "prod"] as const;

/** The findings about who must be able to read what a fleet encrypts, and what its Flux can read. */
export function fleetRecipientFindings(model: FleetModel): readonly Finding[] {
  return [
    ...breakGlassFindings(model),
    ...productionFindings(model),
    ...model.clusters.flatMap(postQuantumFindings),
  ];
}

/** Whether secrets in an environment must survive the loss of an identity. */
export function isProduction({ sops }: FleetDeclaration, environment: string): boolean {
  return [...productions, ...(sops?.production ?? [])].includes(environment);
}

function breakGlassFindings({ declaration, clusters }: FleetModel): readonly Finding[] {
  if ((declaration.sops?.breakGlass ?? []).length > 0) return [];
  if (!declaresSecrets(declaration)) return [];
  const names = clusters
    .filter((cluster) => isProduction(declaration, cluster.environment) && hasSecrets(cluster))
    .map(({ name }) => name);
  return names.length === 0
    ? []
    : [
        {
          code: "BREAK_GLASS_MISSING",
          path: "sops.breakGlass",
          problem: `There is none, and ${someNames(names)} in production would have secrets that only its own identity opens.`,
          remedy:
            "Make an identity with `age-keygen`, keep it offline and give its recipient: when the identity of a cluster is lost, nothing in Flux or Git brings the values back.",
        },
      ];
}

/** Whether the fleet encrypts anything for a cluster. */
function hasSecrets(cluster: ModelCluster): boolean {
  const { part, layers, tenants } = cluster;
  return (
    (part.args.secrets ?? []).length > 0 ||
    layers.some((layer) => secretsOn(layer.part.args, cluster).length > 0) ||
    tenants.some((tenant) => isInGit(tenant) && tenantDecrypts(tenant.part.args))
  );
}

function productionFindings({ declaration, index }: FleetModel): readonly Finding[] {
  return (declaration.sops?.production ?? []).flatMap(
    (environment, position): readonly Finding[] =>
      index.environments.includes(environment)
        ? []
        : [
            {
              code: "EMPTY_SELECTOR",
              path: `sops.production[${String(position)}]`,
              problem: `No cluster is in environment ${quoted(environment)}.`,
              remedy: `Use one of ${index.environments.join(", ")}; what is misspelt here is not protected.`,
            },
          ],
  );
}

/** A controller that cannot read one identity of a Secret decrypts with none of them. */
function postQuantumFindings({ part, fluxVersion, identity }: ModelCluster): readonly Finding[] {
  const { age } = part.args;
  const [major = 0, minor = 0] = (fluxLineOf(fluxVersion ?? "") ?? "").split(".").map(Number);
  const isKnown = fluxVersion !== undefined && fluxLineOf(fluxVersion) !== undefined;
  if (age === undefined || !isKnown || major > 2 || minor >= 9) return [];
  const isMade = "postQuantum" in age && age.postQuantum === true;
  const held = identity?.recipients.installed ?? [];
  const brought = "recipient" in age ? [age.recipient, age.previous?.recipient ?? ""] : [];
  const isHeld = [...held, ...brought].some((recipient) => recipient.startsWith("age1pq1"));
  if (!isMade && !isHeld) return [];
  return [
    {
      code: "TOO_NEW_FOR_FLUX",
      path: `${partTitle("cluster", part.name)}: age`,
      problem: `Its identity is post-quantum, which came with Flux 2.9, and the cluster runs ${fluxVersion}.`,
      remedy:
        "Upgrade Flux first, or use an X25519 identity: an older kustomize-controller fails on the Secret with it, so nothing that is encrypted is applied any more.",
    },
  ];
}

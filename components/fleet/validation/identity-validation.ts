import type { Finding } from "../../../errors.js";
import { ageFindings } from "../../../graph/changes/identity-findings.js";
import {
  identityFindings,
  pairFindings as unpairedIdentity,
} from "../../sops/identity-validation.js";
import { recipientFindings } from "../../sops/recipients.js";
import type { AgeChange, AgeKeyPair } from "../cluster.js";
import type { FleetDeclaration } from "../fleet.js";
import type { FleetModel } from "../model.js";
import { maxGenerations } from "../part-identity.js";
import { partTitle } from "./shape-validation.js";

/** Where an identity is declared: of a cluster or a tenant, brought or generated. */
type DeclaredKey = AgeChange<string> & (AgeKeyPair<string> | { readonly generation?: unknown });

/** The findings about the identities of clusters and tenants, and about the phase that each is in. */
export function fleetIdentityFindings({ declaration, ...model }: FleetModel): readonly Finding[] {
  const parts = [...declaration.clusters, ...(declaration.tenants ?? [])];
  const declared = parts.flatMap(({ kind, name, args: { age } }) =>
    age === undefined ? [] : keyFindings(age, `${partTitle(kind, name)}: age`),
  );
  // What cannot be read cannot be in a phase.
  if (declared.length > 0) return declared;
  return [...model.clusters, ...model.tenants].flatMap(({ identity }) =>
    identity === undefined ? [] : ageFindings(identity.subject),
  );
}

/**
 * The findings of post-quantum identities that are not those of their recipients. Only age itself can
 * tell, and not at once; everything else about them is in {@link fleetIdentityFindings}.
 */
export async function unpairedFindings({
  clusters,
  tenants = [],
}: FleetDeclaration): Promise<readonly Finding[]> {
  const pairs = [...clusters, ...tenants].flatMap(({ kind, name, args: { age } }) => {
    const path = `${partTitle(kind, name)}: age`;
    const own = age !== undefined && "recipient" in age ? [{ pair: age, path }] : [];
    const { previous } = age ?? {};
    return [...own, ...(previous ? [{ pair: previous, path: `${path}.previous` }] : [])];
  });
  const found = pairs.map(async ({ pair: { recipient, identity }, path }) =>
    identity === undefined ? [] : unpairedIdentity(identity, recipient, `${path}.identity`),
  );
  return (await Promise.all(found)).flat();
}

function keyFindings(age: DeclaredKey, path: string): readonly Finding[] {
  const { previous, confirmed, abandon } = age;
  return [
    ...("recipient" in age ? pairFindings(age, path) : generationFindings(age, path)),
    ...(previous === undefined ? [] : pairFindings(previous, `${path}.previous`)),
    ...(confirmed === undefined
      ? []
      : recipientFindings(confirmed.recipient, `${path}.confirmed.recipient`)),
    ...(abandon === undefined
      ? []
      : recipientFindings(abandon.recipient, `${path}.abandon.recipient`)),
  ];
}

function pairFindings(
  { recipient, identity }: AgeKeyPair<string>,
  path: string,
): readonly Finding[] {
  return [
    ...recipientFindings(recipient, `${path}.recipient`),
    ...(identity === undefined ? [] : identityFindings(identity, recipient, `${path}.identity`)),
  ];
}

function generationFindings(
  { generation = 1 }: { readonly generation?: unknown },
  path: string,
): readonly Finding[] {
  const count = Number.isSafeInteger(generation) ? Number(generation) : 0;
  return count > 0 && count <= maxGenerations
    ? []
    : [
        {
          code: "INVALID_ARGUMENT",
          path: `${path}.generation`,
          problem: `The generation is not a whole number from 1 to ${String(maxGenerations)}.`,
          remedy: "Count up from 1, one for each new identity.",
        },
      ];
}

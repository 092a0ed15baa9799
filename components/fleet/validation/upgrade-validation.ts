import type { Finding } from "../../../errors.js";
import type { FleetRecord } from "../../../graph/changes/ownership.js";
import type { VersionChange } from "../../../graph/changes/upgrades.js";
import { versionFindings } from "../../../graph/changes/upgrades.js";
import type { FleetModel } from "../model.js";

/** The findings of the Flux versions that clusters would get after those in the repository. */
export function upgradeFindings(
  { clusters, declaration }: FleetModel,
  record: FleetRecord | undefined,
): readonly Finding[] {
  const reason = declaration.flux.versionJump?.reason;
  return [
    ...(reason === undefined || reason.trim() !== ""
      ? []
      : [
          {
            code: "MISSING_REASON" as const,
            path: "flux.versionJump.reason",
            problem: "The reason is empty.",
            remedy: "Write why the clusters may change like this, or leave `versionJump` out.",
          },
        ]),
    ...versionFindings(
      clusters.map(({ name, fluxVersion }): VersionChange => {
        return { cluster: name, from: record?.clusters[name]?.fluxVersion, to: fluxVersion };
      }),
      "flux.version",
      reason,
    ),
  ];
}

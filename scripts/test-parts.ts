import { buildParts, partVersion, pruneParts } from "../lab/parts/index.js";
import { stageInstallManifests } from "./install-manifests.js";
import { isBuilt, requiredParts, type Requirement } from "./required-parts.js";
import type { TestFile } from "./test-files.js";

/** What a run could not build. */
export interface MissingParts {
  readonly names: readonly Requirement[];
  /** The first failure, in full. */
  readonly reason: string;
}

/** Settings of {@link buildFor}. */
export interface BuildForOptions {
  /** Goes on with the other parts when one cannot be built. */
  readonly allowMissing: boolean;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/**
 * Builds what the test files need, and puts the install manifests where `Fleet` looks for them.
 * Returns what is missing instead of throwing, because it runs beside the check.
 */
export async function buildFor(
  files: readonly TestFile[],
  { allowMissing, signal, log }: BuildForOptions,
): Promise<MissingParts> {
  const names = [...new Set(files.flatMap(({ path }) => requiredParts(path)))];
  const missing = (): readonly Requirement[] => names.filter((name) => !isBuilt(name));
  const build = (wanted: readonly Requirement[], keepCaches: boolean): Promise<string> =>
    buildParts(wanted, { onProgress: log, signal, keepCaches }).then(
      () => "",
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  const reason = await build(names, false);
  if (allowMissing && reason !== "" && !signal.aborted) {
    // One failure ends a build; here the others count too.
    for (const name of missing()) log(`${name}: ${(await build([name], true)) || "built"}`);
    await pruneParts().catch((error: unknown) => {
      log(`caches are kept: ${String(error)}`);
    });
  }
  if (names.includes("flux-install") && isBuilt("flux-install")) {
    stageInstallManifests(partVersion("flux"));
  }
  return { names: missing(), reason };
}

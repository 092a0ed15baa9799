import {
  buildParts,
  labHome,
  partNames,
  partStatuses,
  pruneParts,
  type PartName,
} from "./index.js";

/**
 * `npx tsx lab/parts/build-cli.ts [names...]` builds the named parts, or all. `--list` only lists them, `--prune` removes
 * Go's caches and what older pins left behind, `--keep-caches` keeps the caches for a quicker next build.
 */
async function main(args: readonly string[]): Promise<void> {
  const names = args.filter((argument) => !argument.startsWith("--"));
  const unknown = names.filter((name) => !(partNames as readonly string[]).includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `Unknown part "${unknown.join('", "')}". The parts are ${partNames.join(", ")}.`,
    );
  }
  const wanted = names.length === 0 ? "all" : (names as PartName[]);
  if (args.includes("--list")) {
    for (const part of partStatuses(wanted === "all" ? undefined : wanted)) {
      console.log(
        `${part.present ? "present" : "missing"}  ${part.name} ${part.version}  ${part.path}`,
      );
    }
    return;
  }
  if (args.includes("--prune")) {
    for (const folder of await pruneParts()) console.log(`removed ${folder}`);
    return;
  }
  console.log(`building into ${labHome()}`);
  const stop = new AbortController();
  process.once("SIGINT", () => {
    stop.abort();
  });
  await buildParts(wanted, {
    onProgress: (line) => {
      console.log(line);
    },
    signal: stop.signal,
    keepCaches: args.includes("--keep-caches"),
  });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

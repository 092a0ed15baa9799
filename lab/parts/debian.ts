import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { writeFolder } from "./extract.js";
import type { PartName } from "./parts.js";
import { labHome, partPath } from "./paths.js";
import { run, type RunOptions } from "./run.js";

/** What every program started for a part is told. */
export type Common = Omit<RunOptions, "purpose">;

/** The folder in which Debian packages are downloaded for a part; of no use afterwards. */
export function debianBuildFolder(name: PartName): string {
  return path.join(labHome(), "build", name);
}

/**
 * Unpacks Debian packages into a part's folder without installing them, so that none of their scripts runs.
 * @param finish - makes the part's program out of what was unpacked
 * @throws Error when apt-get cannot download
 */
export async function fetchDebianPart(
  name: PartName,
  packages: readonly string[],
  signal: AbortSignal | undefined,
  finish: (draft: string, common: Common) => Promise<void>,
): Promise<void> {
  const build = debianBuildFolder(name);
  const common = { cwd: build, log: path.join(labHome(), "build", "logs", `${name}.log`), signal };
  mkdirSync(build, { recursive: true });
  const download = (options: string[]): Promise<Buffer> =>
    run("apt-get", [...options, "download", ...packages], {
      ...common,
      purpose: `download the Debian packages ${packages.join(", ")} with apt-get`,
    });
  try {
    await download([]);
  } catch {
    // Without package lists: fetch them into our own folder, so that the machine's stay as they are.
    const own = ownAptFolders(build);
    await run("apt-get", [...own, "update"], { ...common, purpose: "read apt's package lists" });
    await download(own);
  }
  await writeFolder(path.dirname(partPath(name)), async (draft) => {
    for (const file of readdirSync(build).filter((one) => one.endsWith(".deb"))) {
      await run("dpkg", ["-x", path.join(build, file), draft], {
        ...common,
        purpose: `unpack ${file}`,
      });
    }
    await finish(draft, common);
  });
}

function ownAptFolders(build: string): string[] {
  const folders = ["lists", "cache"].map((name) => path.join(build, name));
  for (const folder of folders) mkdirSync(path.join(folder, "partial"), { recursive: true });
  mkdirSync(path.join(build, "cache", "archives", "partial"), { recursive: true });
  return ["-o", `Dir::State::lists=${folders[0] ?? ""}`, "-o", `Dir::Cache=${folders[1] ?? ""}`];
}

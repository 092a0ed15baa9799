import { existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { removeTree } from "./extract.js";
import { goEnvironment } from "./go-modules.js";
import { acquireLock } from "./lock.js";
import { dataNames, partNames } from "./parts.js";
import { dataPath, labHome, partPath } from "./paths.js";
import { run } from "./run.js";

/** The file whose holder alone may write into the lab's folder. */
export function buildLock(): string {
  return path.join(labHome(), "build", "lock");
}

/**
 * Removes Go's caches, and parts and data that this checkout's pins no longer name. Never done by itself: another checkout
 * may share the folder and still use its parts. Waits for a running build.
 * @returns the removed folders of parts and data
 */
export async function pruneParts(): Promise<string[]> {
  const current = new Set([
    ...partNames.map((name) => path.dirname(partPath(name))),
    ...dataNames.map(dataPath),
  ]);
  const lock = await acquireLock(buildLock());
  try {
    await dropCaches();
    const found = ["parts", "data"].flatMap((kind) => {
      const folder = path.join(labHome(), kind);
      return existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : [];
    });
    const stale = found.filter((folder) => !current.has(folder));
    for (const folder of stale) removeTree(folder);
    return stale;
  } finally {
    lock?.release();
  }
}

/** Removes everything a build needs only while it runs. Call it with the lock held. */
export async function dropCaches(): Promise<void> {
  const build = path.join(labHome(), "build");
  mkdirSync(build, { recursive: true });
  // Go knows the layout of its caches, read-only folders included, and this process stays responsive meanwhile.
  await run("go", ["clean", "-modcache", "-cache"], {
    cwd: build,
    env: goEnvironment(),
    log: path.join(build, "logs", "clean.log"),
    purpose: "drop Go's caches",
  });
  for (const folder of ["modules", "compile", "flux2", "install", "pyyaml", "docker-registry"]) {
    removeTree(path.join(build, folder));
  }
}

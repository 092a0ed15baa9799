import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { installManifestPath } from "../lab/parts/index.js";
import { root } from "./test-files.js";

/**
 * Takes the install manifests of a Flux version, which the lab generates from the pinned modules of
 * Flux, into the package, where `Fleet` finds them.
 * @returns the path in the package, or `undefined` when they are not built
 */
export function stageInstallManifests(version: string): string | undefined {
  const source = installManifestPath(version);
  if (!existsSync(source)) return undefined;
  const target = join(root, "install", basename(source));
  if (existsSync(target) && readFileSync(target).equals(readFileSync(source))) return target;
  mkdirSync(join(root, "install"), { recursive: true });
  const draft = `${target}.${String(process.pid)}`;
  copyFileSync(source, draft);
  renameSync(draft, target); // another process may read it at this moment
  return target;
}

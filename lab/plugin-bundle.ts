import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { buildSync } from "esbuild";
import { labHome } from "./parts/index.js";

/**
 * A plugin of the lab as one JavaScript file, which starts about a second sooner than its TypeScript:
 * the engine starts one process per provider and operation. Made once per state of the sources.
 * @param folder - under `lab/`, with a `main.ts`
 * @returns the absolute path of the file
 */
export function bundledPlugin(folder: string): string {
  const source = path.join(__dirname, folder);
  const target = path.join(labHome(), "plugins", `${folder}-${sourceKey(source)}`, "main.js");
  if (existsSync(target)) return target;
  removeOldBundles(path.dirname(path.dirname(target)), folder);
  const unfinished = `${path.dirname(target)}.${process.pid}`;
  buildSync({
    entryPoints: [path.join(source, "main.ts")],
    outfile: path.join(unfinished, "main.js"),
    bundle: true,
    platform: "node",
    target: "node20",
    logLevel: "warning",
  });
  try {
    renameSync(unfinished, path.dirname(target));
  } catch (error) {
    // Another process finished the same bundle first.
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

/** Writes an executable `name` into a folder that runs a bundled plugin with this Node. */
export function writeLauncher(folder: string, name: string, script: string): string {
  mkdirSync(folder, { recursive: true });
  const launcher = path.join(folder, name);
  writeFileSync(launcher, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(script)} "$@"\n`);
  chmodSync(launcher, 0o755);
  return launcher;
}

/** Everything a bundle is made from: the plugins' sources and what is installed. */
function sourceKey(source: string): string {
  const hash = createHash("sha256");
  const folders = [source, path.join(__dirname, "kubernetes-provider")];
  for (const folder of folders) {
    for (const file of readdirSync(folder).sort()) {
      hash.update(file).update(readFileSync(path.join(folder, file)));
    }
  }
  hash.update(readFileSync(path.join(__dirname, "..", "package-lock.json")));
  return hash.digest("hex").slice(0, 12);
}

/** Bundles of earlier sources; younger ones may still be running in another checkout. */
function removeOldBundles(home: string, folder: string): void {
  if (!existsSync(home)) return;
  for (const name of readdirSync(home).filter((entry) => entry.startsWith(`${folder}-`))) {
    const bundle = path.join(home, name);
    const age = Date.now() - statSync(bundle).mtimeMs;
    if (age > 24 * 60 * 60 * 1000) rmSync(bundle, { recursive: true, force: true });
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { componentModule, fluxComponents } from "./parts.js";

/** Answers the folder of a pinned module in the module cache. */
export type ModuleFolder = (modulePath: string) => string;

/** The five kwok stages that make nodes Ready, run pods, complete jobs and delete pods at once. */
const kwokStages = [
  "node/fast/node-initialize.yaml",
  "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
  "pod/fast/pod-ready.yaml",
  "pod/fast/pod-complete.yaml",
  "pod/fast/pod-delete.yaml",
] as const;

/** Writes `stages.yaml`, one stream of all stages, ready for `kwok --config`. */
export function extractKwokStages(moduleFolder: ModuleFolder, target: string): void {
  const folder = path.join(moduleFolder("sigs.k8s.io/kwok"), "kustomize", "stage");
  const documents = kwokStages.map((file) => readFileSync(path.join(folder, file), "utf8").trim());
  writeFileSync(path.join(target, "stages.yaml"), `${documents.join("\n---\n")}\n`);
}

/** Copies the CRDs of every Flux component to `<target>/<component>/<group>_<plural>.yaml`. */
export function extractCrds(moduleFolder: ModuleFolder, target: string): void {
  for (const { name } of fluxComponents) {
    const bases = path.join(moduleFolder(componentModule(name)), "config", "crd", "bases");
    const folder = path.join(target, name);
    mkdirSync(folder);
    for (const file of readdirSync(bases)
      .filter((one) => one.endsWith(".yaml"))
      .sort()) {
      writeFileSync(path.join(folder, file), readFileSync(path.join(bases, file)));
    }
  }
}

/** Fills a new folder by `fill` and moves it to `target` in one step; a half-filled folder never has the final name. */
export async function writeFolder(
  target: string,
  fill: (draft: string) => void | Promise<void>,
): Promise<void> {
  const draft = `${target}.${String(process.pid)}.draft`;
  removeTree(draft);
  mkdirSync(draft, { recursive: true });
  try {
    await fill(draft);
    removeTree(target);
    renameSync(draft, target);
  } finally {
    removeTree(draft);
  }
}

/** Copies a module's folder to a place where it may be written to: files in the module cache are read-only. */
export function copyWritable(source: string, target: string): void {
  removeTree(target);
  mkdirSync(target, { recursive: true });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [path.join(source, entry.name), path.join(target, entry.name)];
    if (entry.isDirectory()) copyWritable(from, to);
    else if (entry.isFile()) writeFileSync(to, readFileSync(from));
  }
}

/** Removes a folder even when its folders are read-only, as they are in a module cache. */
export function removeTree(folder: string): void {
  if (!existsSync(folder)) return;
  openFolders(folder);
  rmSync(folder, { recursive: true, force: true });
}

function openFolders(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) openFolders(path.join(folder, entry.name));
  }
}

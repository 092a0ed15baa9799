import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { copyWritable, type ModuleFolder } from "./extract.js";
import { componentModule, fluxComponents } from "./parts.js";

/** Runs `kustomize build` on a folder and answers the YAML it prints. */
export type KustomizeBuild = (folder: string) => Promise<Buffer>;

/** The folder inside flux2 whose files the CLI embeds: one per component, `rbac.yaml` and `policies.yaml`. */
export const embeddedManifests = path.join("cmd", "flux", "manifests");

/**
 * Copies flux2's module to `target`, where it can be built as a main module by its own go.mod and go.sum, and makes the
 * manifests that its releases embed: each component's CRDs and deployment as the component's own module describes them,
 * then flux2's bases on top. Flux's release does the same with files it downloads.
 */
export async function stageFluxCli(
  moduleFolder: ModuleFolder,
  kustomizeBuild: KustomizeBuild,
  target: string,
): Promise<void> {
  copyWritable(moduleFolder("github.com/fluxcd/flux2/v2"), target);
  const output = path.join(target, embeddedManifests);
  mkdirSync(output, { recursive: true });
  for (const { name } of fluxComponents) {
    const config = path.join(moduleFolder(componentModule(name)), "config");
    const base = path.join(target, "manifests", "bases", name);
    writeFileSync(
      path.join(base, `${name}.crds.yaml`),
      await kustomizeBuild(path.join(config, "crd")),
    );
    writeFileSync(
      path.join(base, `${name}.deployment.yaml`),
      await kustomizeBuild(path.join(config, "manager")),
    );
    useLocalFiles(path.join(base, "kustomization.yaml"), name);
    writeFileSync(path.join(output, `${name}.yaml`), await kustomizeBuild(base));
  }
  for (const shared of ["rbac", "policies"]) {
    const built = await kustomizeBuild(path.join(target, "manifests", shared));
    writeFileSync(path.join(output, `${shared}.yaml`), built);
  }
}

/** Replaces the two release addresses in a base by the names of the files beside it. */
function useLocalFiles(file: string, component: string): void {
  const before = readFileSync(file, "utf8");
  const after = before.replace(/https:\/\/\S+\/(\S+\.(?:crds|deployment)\.yaml)/g, "$1");
  const local = [`- ${component}.crds.yaml`, `- ${component}.deployment.yaml`];
  if (after.includes("https://") || !local.every((line) => after.includes(line))) {
    throw new Error(
      `flux2's base of ${component} no longer lists its CRDs and deployment the way this program expects. Compare lab/parts/flux-cli.ts with the file ${file}.`,
    );
  }
  writeFileSync(file, after);
}

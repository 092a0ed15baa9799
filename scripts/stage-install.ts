import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { dataPath, installManifestPath, partVersion } from "../lab/parts/index.js";
import { root } from "./test-files.js";

// Run by `npm pack` and `npm publish`: takes the install manifests, which the lab generates from the
// pinned modules of Flux, into the package.
const source = installManifestPath(partVersion("flux"));
if (existsSync(source)) {
  mkdirSync(join(root, "install"), { recursive: true });
  copyFileSync(source, join(root, "install", basename(source)));
  console.log(`install/${basename(source)} from ${dataPath("flux-install")}`);
} else {
  console.error(`${basename(source)} is not built. Run \`npm run lab -- build\` first.`);
  process.exitCode = 1;
}

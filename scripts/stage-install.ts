import { dataPath, installManifestPath, partVersion } from "../lab/parts/index.js";
import { stageInstallManifests } from "./install-manifests.js";

// Run by `npm pack` and `npm publish`: a published package holds the install manifests.
const version = partVersion("flux");
const staged = stageInstallManifests(version);
if (staged === undefined) {
  console.error(`${installManifestPath(version)} is missing. Run \`npm run lab -- build\` first.`);
  process.exitCode = 1;
} else {
  console.log(`${staged} from ${dataPath("flux-install")}`);
}

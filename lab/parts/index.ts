export { buildParts, type BuildOptions } from "./build.js";
export { goToolchain, GoToolchainError } from "./go-toolchain.js";
export type { InstallManifests, InstallObject } from "./flux-install.js";
export { dataNames, partNames, type DataName, type PartName } from "./parts.js";
export {
  dataPath,
  installManifestPath,
  labHome,
  partPath,
  partStatuses,
  partVersion,
  type PartStatus,
} from "./paths.js";
export { pruneParts } from "./prune.js";
export { pythonEnvironment } from "./pyyaml.js";
export {
  judgeYaml,
  plainValue,
  type JudgedNode,
  type JudgedStream,
  type Judgement,
} from "./yaml-judge.js";

import type { KubernetesObject } from "../../../manifests/manifest.js";
import { printYaml } from "../../../manifests/yaml.js";
import type { FluxComponent } from "../../bootstrap/flux-components.js";
import type { InstallManifests } from "../../bootstrap/install-manifests.js";
import { installObjects } from "../../bootstrap/install.js";
import { kept } from "../../bootstrap/keep.js";
import { lockedDown } from "../../bootstrap/lockdown.js";

/** Flux as some clusters run it; made once for all that run the same. */
export interface FluxInstall {
  readonly components: readonly FluxComponent[];
  /** `gotk-components.yaml`: what `flux install` prints. */
  readonly text: string;
  /** The same objects as they are applied, so with their patches: none is pruned, lockdown where it is on. */
  readonly objects: readonly KubernetesObject[];
}

/** A function that renders Flux and remembers what it rendered. */
export function fluxInstalls(
  components: readonly FluxComponent[],
): (manifests: InstallManifests, lockdown: boolean) => FluxInstall {
  const known = new Map<string, FluxInstall>();
  return (manifests, lockdown) => {
    const key = `${manifests.version} ${String(lockdown)}`;
    const objects = (): readonly KubernetesObject[] => installObjects(manifests, components);
    const install = known.get(key) ?? {
      components,
      text: printYaml(objects()),
      objects: objects().map((object) => kept(lockdown ? lockedDown(object) : object)),
    };
    known.set(key, install);
    return install;
  };
}

import { allComponents, extraComponents } from "./flux-components.js";
import type { InstallManifests } from "./install-manifests.js";

/** Every Flux version that a fleet names, each once and sorted; none when it names none. */
export function fluxVersions(version: unknown): readonly string[] {
  const named: readonly unknown[] =
    typeof version === "object" && version !== null ? Object.values(version) : [version];
  return [...new Set(named.filter((one) => typeof one === "string"))].sort();
}

/**
 * Stands for the install manifests of a version while they are not read yet, so that everything else
 * about a fleet can be checked: every component is there and consists of nothing.
 */
export function unreadManifests(version: string): InstallManifests {
  const components = allComponents.map((name) => {
    const extra = extraComponents.some((known) => known === name);
    return [name, { version, extra, objects: [] }] as const;
  });
  return {
    version,
    components: Object.fromEntries(components),
    shared: { objects: [] },
  };
}

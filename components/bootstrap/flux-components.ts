/** The controllers `flux install` installs when nothing is said, in its order. */
export const defaultComponents = [
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
] as const;

/** The controllers that are installed only when asked for. */
export const extraComponents = [
  "image-reflector-controller",
  "image-automation-controller",
  "source-watcher",
] as const;

/** Without these a cluster cannot follow Git. */
export const requiredComponents: readonly FluxComponent[] = [
  "source-controller",
  "kustomize-controller",
];

/** A Flux controller. */
export type FluxComponent = (typeof defaultComponents)[number] | (typeof extraComponents)[number];

/** Every controller that can be installed, in the order of `flux install`. */
export const allComponents: readonly FluxComponent[] = [...defaultComponents, ...extraComponents];

/** Whether a name is that of a controller. */
export function isFluxComponent(name: unknown): name is FluxComponent {
  return allComponents.some((component) => component === name);
}

/** The components of a cluster in the order of `flux install`, each once. */
export function selectedComponents(
  declared: readonly FluxComponent[] = defaultComponents,
): readonly FluxComponent[] {
  return allComponents.filter((component) => declared.includes(component));
}

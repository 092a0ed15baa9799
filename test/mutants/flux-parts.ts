import type { Mutant } from "./mutant.js";

/** Sources, releases, notifications and images of tenants, layers and clusters. */
export const fluxPartMutants: readonly Mutant[] = [
  {
    name: "deletes-releases-unsuspended",
    promise: "nothing-lost",
    breaks: "a tenant that is to be left behind loses its releases, because Helm uninstalls them",
    file: "components/tenant/manifests.ts",
    search: "return content.orphan ? { ...whole",
    replace: "return content.orphan && !content.workload ? { ...whole",
    test: "test/components/leaving-releases.test.ts",
    testName: "by orphan are suspended before they go",
  },
  {
    name: "forgets-releases-that-left",
    promise: "nothing-lost",
    breaks: "the rights of a tenant go before its releases are uninstalled with them",
    file: "components/fleet/rendering.ts",
    search: "phaseContent(phase).workload ? [] : (part.args.releases ?? [])",
    replace: "phaseContent(phase).workload ? (part.args.releases ?? []) : []",
    test: "test/components/leaving-releases.test.ts",
    testName: "by drain go first",
  },
  {
    name: "takes-secrets-by-field-name",
    promise: "never-plaintext",
    breaks: "a secret in the values of a release is committed when its field is named like a login",
    file: "components/resolve-inputs.ts",
    search: "return secretPlaces.some((place) => {",
    replace:
      "return secretPlaces.some((place) => {\n    if (place.slice(-2).join() === path.slice(-2).join()) return true;",
    test: "test/components/part-inputs.test.ts",
    testName: "are refused when they are secret",
  },
  {
    name: "leaves-parts-unchecked",
    promise: "wrong-fleets",
    breaks: "objects of a tenant's parts are not compared with the Flux of their cluster",
    file: "components/fleet/validation/written-parts.ts",
    search: "hasFluxParts(args) ||",
    replace: "",
    test: "test/components/parts.test.ts",
    testName: "are checked against the Flux of the cluster",
  },
  {
    name: "images-on-every-cluster",
    promise: "bot-edits",
    breaks: "every cluster of a tenant asks the registries and writes the same repository",
    file: "components/fleet/tenant-variants.ts",
    search: "imageUpdates?.runsOn.name === name",
    replace: "imageUpdates?.runsOn.name !== undefined",
    test: "test/components/parts.test.ts",
    testName: "images only on the cluster that looks for them",
  },
];

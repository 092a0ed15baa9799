import type { Mutant } from "./mutant.js";

/** Time that grows faster than the fleet, and work that is done again for each cluster. */
export const speedMutants: readonly Mutant[] = [
  {
    name: "looks-at-all-files-for-each",
    promise: "scale",
    breaks:
      "rendering looks at all files for each file, so twice the fleet takes four times as long",
    file: "manifests/path-collisions.ts",
    search: "const other = seen.get(key);",
    replace: "const other = [...seen.keys()].includes(key) ? seen.get(key) : undefined;",
    test: "test/bench/speed.test.ts",
    testName: "takes time in proportion to the fleet",
  },
  {
    name: "renders-a-tenant-per-cluster",
    promise: "scale",
    breaks: "a tenant is rendered again for each cluster that runs it",
    file: "components/fleet/tree/tenant-tree.ts",
    search: "if (known.has(tenant)) return known.get(tenant);",
    replace: "if (known.size > 1e9) return known.get(tenant);",
    test: "test/bench/speed.test.ts",
    testName: "makes the objects of a tenant once",
  },
];

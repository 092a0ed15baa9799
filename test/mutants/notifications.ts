import type { Mutant } from "./mutant.js";

const routes = "test/graph/routes.test.ts";
const parts = "test/components/notifications.test.ts";
const fleet = "test/components/notifications-fleet.test.ts";

/** Mutants of where events go and who may ask for a reconciliation. */
export const notificationMutants: readonly Mutant[] = [
  {
    name: "shares-a-commit-status",
    promise: "wrong-fleets",
    breaks: "clusters that overwrite each other's commit status are not found",
    file: "graph/references/route-findings.ts",
    search: "names.size < 2",
    replace: "names.size < 3",
    test: routes,
    testName: "one status for all clusters",
  },
  {
    name: "listens-elsewhere",
    promise: "wrong-fleets",
    breaks:
      "an Alert for all objects of another Namespace, which lockdown silences, is let through",
    file: "graph/references/route-findings.ts",
    search: 'if (name !== "*" || isHome) return [];',
    replace: 'if (name === "*" || isHome) return [];',
    test: routes,
    testName: "cannot listen to all objects of another Namespace",
  },
  {
    name: "forgets-which-cluster",
    promise: "two-views",
    breaks: "the alerts of a tenant do not say on which cluster they are",
    file: "components/fleet/tenant-variants.ts",
    search: "if (tenant.part.args.notifications === undefined) return tenant;",
    replace: "if (tenant.part.args.notifications !== undefined) return tenant;",
    test: fleet,
    testName: "say on which cluster they are",
  },
  {
    name: "commits-a-webhook-address",
    promise: "never-plaintext",
    breaks: "an address that lets everybody write is committed as plain text",
    file: "components/notification/address-validation.ts",
    search: "providerNeeds[type].secretAddress === true ||",
    replace: "",
    test: parts,
    testName: "an address that is a credential",
  },
  {
    name: "carries-a-secret-along",
    promise: "never-plaintext",
    breaks: "a Provider carries what is in the Secret that it names",
    file: "components/notification/provider.ts",
    search: "secret: secretReference(secret)",
    replace: "secret",
    test: parts,
    testName: "holds the names of its Secrets",
  },
];

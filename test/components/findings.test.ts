import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FleetDeclaration, GitSourceArgs, RenderContext } from "../../core.js";
import { FleetError, gitSource, layer, renderFleet, tenant } from "../../core.js";
import { identities } from "../fixtures/age-identities.js";
import {
  fleetContext,
  findingsOf,
  recipients,
  someCluster,
  someFleet,
  someTenant,
} from "../fixtures/fleets.js";

interface Row {
  readonly what: string;
  readonly fleet: Partial<FleetDeclaration>;
  readonly context?: Partial<RenderContext>;
  /** `CODE path` of every finding. */
  readonly expected: readonly string[];
  /** Text that the only problem holds. */
  readonly problem?: string;
}

const infrastructure = layer("infrastructure", { clusters: "all", directory: "./infrastructure" });

function withSource(source: GitSourceArgs<string>): Partial<FleetDeclaration> {
  return { tenants: [someTenant("shop", { source: gitSource(source) })] };
}

const url = "https://git.example.com/apps/shop";

const rows: readonly Row[] = [
  {
    what: "two clusters of one name",
    fleet: { clusters: [someCluster("eu"), someCluster("eu", { environment: "staging" })] },
    expected: ['DUPLICATE_IDENTITY Cluster "eu": name'],
  },
  {
    what: "two tenants in one Namespace",
    fleet: { tenants: [someTenant("b", { namespace: "a" }), someTenant("a")] },
    expected: ['DUPLICATE_IDENTITY Tenant "b": namespace'],
    problem: 'Namespace "a" is also that of tenant "a".',
  },
  {
    what: "a cluster that is selected and not listed",
    fleet: { tenants: [someTenant("shop", { clusters: [someCluster("us")] })] },
    expected: ['NOT_LISTED Tenant "shop": clusters'],
    problem: 'Cluster "us" is not listed in the fleet.',
  },
  {
    what: "a layer that is depended on and not listed",
    fleet: { tenants: [someTenant("shop", { dependsOn: [infrastructure] })] },
    expected: ['NOT_LISTED Tenant "shop": dependsOn'],
    problem: 'The layer "infrastructure" is not listed in the fleet.',
  },
  {
    what: "a dependency that is not on every cluster of the dependent",
    fleet: {
      clusters: [someCluster("eu"), someCluster("us")],
      layers: [layer("base", { clusters: [someCluster("eu")], directory: "./base" })],
      tenants: [someTenant("shop", { dependsOn: [{ kind: "layer", name: "base" }] })],
    },
    expected: ['DANGLING_REFERENCE Tenant "shop": dependsOn'],
    problem: 'The layer "base" is not on "us"',
  },
  {
    what: "a circle, with its walk",
    fleet: {
      layers: [
        layer("apps", { clusters: "all", directory: "./apps", dependsOn: [infrastructure] }),
        layer("infrastructure", {
          clusters: "all",
          directory: "./infrastructure",
          dependsOn: [{ kind: "layer", name: "apps" }],
        }),
      ],
    },
    expected: ['DEPENDENCY_CYCLE Layer "apps": dependsOn'],
    problem: "apps -> infrastructure -> apps",
  },
  {
    what: "a part that depends on itself",
    fleet: { tenants: [someTenant("shop", { dependsOn: [{ kind: "tenant", name: "shop" }] })] },
    expected: ['DEPENDENCY_CYCLE Tenant "shop": dependsOn'],
    problem: "shop -> shop",
  },
  {
    what: "a selector that matches nothing",
    fleet: { tenants: [someTenant("shop", { clusters: { environment: "staging" } })] },
    expected: ['EMPTY_SELECTOR Tenant "shop": clusters'],
  },
  {
    what: "a selector without a property",
    fleet: { tenants: [someTenant("shop", { clusters: {} })] },
    expected: ['EMPTY_SELECTOR Tenant "shop": clusters'],
    problem: "The selector names no property.",
  },
  {
    what: "a fleet without clusters",
    fleet: { clusters: [] },
    expected: ["EMPTY_SELECTOR clusters"],
  },
  {
    what: "two clusters with one directory",
    fleet: {
      clusters: [someCluster("eu", { path: "flux/x" }), someCluster("us", { path: "flux/x" })],
    },
    expected: ['PATH_OVERLAP Cluster "us": path'],
    problem: 'Directory "flux/x" is also that of Cluster "eu"',
  },
  {
    what: "a cluster inside another",
    fleet: {
      clusters: [someCluster("eu", { path: "flux" }), someCluster("us", { path: "flux/us" })],
    },
    expected: ['PATH_OVERLAP Cluster "us": path'],
    problem: 'Directory "flux/us" is inside that of Cluster "eu" ("flux")',
  },
  {
    what: "a layer around the clusters",
    fleet: { layers: [layer("everything", { clusters: "all", directory: "./clusters" })] },
    expected: ['PATH_OVERLAP Layer "everything": directory'],
  },
  {
    what: "a layer of the whole repository",
    fleet: { layers: [layer("everything", { clusters: "all", directory: "./" })] },
    expected: ['PATH_OVERLAP Layer "everything": directory'],
  },
  {
    what: "a layer inside the tenants' tree",
    fleet: { layers: [layer("extra", { clusters: "all", directory: "tenants/production/eu/x" })] },
    expected: ['PATH_OVERLAP Layer "extra": directory'],
  },
  {
    what: "two nested layers of one cluster",
    fleet: {
      layers: [
        infrastructure,
        layer("inner", { clusters: "all", directory: "./infrastructure/inner" }),
      ],
    },
    expected: ['PATH_OVERLAP Layer "inner": directory'],
    problem: 'is inside that of Layer "infrastructure"',
  },
  {
    what: "a layer and a tenant with one Kustomization",
    fleet: { layers: [infrastructure], tenants: [someTenant("infrastructure")] },
    expected: ['DUPLICATE_OBJECT Cluster "eu": Kustomization flux-system/infrastructure'],
    problem: 'by layer "infrastructure" and by tenant "infrastructure"',
  },
  {
    what: "a layer whose file would be the tree's own",
    fleet: { layers: [layer("kustomization", { clusters: "all", directory: "./x" })] },
    expected: ['RESERVED_NAMESPACE Layer "kustomization": name'],
  },
  {
    what: "a tenant on a cluster without lockdown",
    fleet: {
      clusters: [someCluster("eu", { lockdown: { disabled: true, reason: "one team" } })],
      tenants: [someTenant("shop")],
    },
    expected: ['LOCKDOWN_REQUIRED Tenant "shop": clusters'],
  },
  {
    what: "lockdown disabled for no reason",
    fleet: { clusters: [someCluster("eu", { lockdown: { disabled: true, reason: " " } })] },
    expected: ['MISSING_REASON Cluster "eu": lockdown.reason'],
  },
  {
    what: "a wider role for no reason",
    fleet: {
      tenants: [someTenant("shop", { role: { kind: "ClusterRole", name: "edit", reason: "" } })],
    },
    expected: ['MISSING_REASON Tenant "shop": role.reason'],
  },
  {
    what: "a wrong recipient",
    fleet: { clusters: [someCluster("eu", { age: { recipient: `${recipients[0]}x` } })] },
    expected: ['INVALID_RECIPIENT Cluster "eu": age.recipient'],
  },
  {
    what: "a private key in the place of a recipient",
    fleet: { sops: { breakGlass: [identities[0]] } },
    expected: ["IDENTITY_AS_RECIPIENT sops.breakGlass[0]"],
  },
  {
    what: "a recipient listed twice",
    fleet: { sops: { breakGlass: [recipients[0], recipients[0]] } },
    expected: ["INVALID_RECIPIENT sops.breakGlass[1]"],
  },
  {
    what: "an identity that is not that of the recipient",
    fleet: {
      clusters: [someCluster("eu", { age: { recipient: recipients[0], identity: identities[1] } })],
    },
    expected: ['INVALID_IDENTITY Cluster "eu": age.identity'],
  },
  {
    what: "an identity with a blank, at which Flux would fail",
    fleet: {
      clusters: [
        someCluster("eu", { age: { recipient: recipients[0], identity: ` ${identities[0]}` } }),
      ],
    },
    expected: ['INVALID_IDENTITY Cluster "eu": age.identity'],
  },
  {
    what: "a variable that cannot be substituted",
    fleet: { clusters: [someCluster("eu", { variables: { "a-b": "x", "1bad": "y" } })] },
    expected: [
      'INVALID_VARIABLE Cluster "eu": variables',
      'INVALID_VARIABLE Cluster "eu": variables',
    ],
  },
  {
    what: "a label of Flux's own and one that Kubernetes refuses",
    fleet: {
      tenants: [
        someTenant("shop", { labels: { "toolkit.fluxcd.io/tenant": "other", team: "a b" } }),
      ],
    },
    expected: [
      'INVALID_LABEL Tenant "shop": labels["team"]',
      'RESERVED_KEY Tenant "shop": labels["toolkit.fluxcd.io/tenant"]',
    ],
  },
  {
    what: "an annotation that would let the Namespace be pruned",
    fleet: {
      tenants: [
        someTenant("shop", { annotations: { "kustomize.toolkit.fluxcd.io/prune": "enabled" } }),
      ],
    },
    expected: ['RESERVED_KEY Tenant "shop": annotations["kustomize.toolkit.fluxcd.io/prune"]'],
  },
  {
    what: "a ring without a Flux version",
    fleet: { flux: { version: { canary: "2.9.4" } } },
    expected: ["UNKNOWN_FLUX_VERSION flux.version", 'EMPTY_SELECTOR flux.version["canary"]'],
  },
  {
    what: "a Flux version without install manifests",
    fleet: { flux: { version: "2.9.9" } },
    expected: ["UNKNOWN_FLUX_VERSION flux.version"],
    problem: 'There are no install manifests of Flux "2.9.9".',
  },
  {
    what: "components without which nothing works",
    fleet: { flux: { version: "2.9.4", components: ["helm-controller"] } },
    expected: ["UNKNOWN_COMPONENT flux.components", "UNKNOWN_COMPONENT flux.components"],
  },
  {
    what: "credentials in an address, without repeating them",
    fleet: withSource({ url: "https://user:hunter2@git.example.com/x", branch: "main" }),
    expected: ['CREDENTIALS_IN_URL Tenant "shop": source.url'],
  },
  {
    what: "a token in the query of an address",
    fleet: withSource({ url: `${url}?access_token=hunter2`, branch: "main" }),
    expected: ['CREDENTIALS_IN_URL Tenant "shop": source.url'],
  },
  {
    what: "two ways to name the revision",
    fleet: {
      tenants: [
        tenant("shop", {
          clusters: "all",
          path: "./",
          // As it comes from a data file, where the union is not checked.
          source: { kind: "gitSource", url, branch: "main", tag: "v1" } as never,
        }),
      ],
    },
    expected: ['INVALID_REF Tenant "shop": source'],
    problem: "Both branch and tag are given.",
  },
  {
    what: "an abbreviated commit",
    fleet: withSource({ url, commit: "abc1234" }),
    expected: ['INVALID_REF Tenant "shop": source.commit'],
  },
  {
    what: "an empty token",
    fleet: withSource({ url, branch: "main", credentials: { token: "" } }),
    expected: ['MISSING_CREDENTIALS Tenant "shop": source.credentials.token'],
  },
  {
    what: "no token to push with",
    fleet: {
      repository: { url: "https://git.example.com/fleet", branch: "main", push: {} },
    },
    expected: ["MISSING_CREDENTIALS repository.push.token"],
  },
  {
    what: "a certificate that is none",
    fleet: withSource({ url, branch: "main", credentials: { token: "t", ca: "/etc/ca.pem" } }),
    expected: ['INVALID_ARGUMENT Tenant "shop": source.credentials.ca'],
  },
  {
    what: "a UID that is none",
    fleet: { clusters: [someCluster("eu", { identity: "production" })] },
    expected: ['INVALID_ARGUMENT Cluster "eu": identity'],
  },
  {
    what: "a path that leaves the repository",
    fleet: { tenants: [someTenant("shop", { path: "../../other" })] },
    expected: ['INVALID_PATH Tenant "shop": path'],
  },
  {
    what: "an adopted path that is none",
    fleet: { adopt: [".git/config"], restore: ["/etc/passwd"] },
    expected: ["INVALID_PATH adopt[0]", "INVALID_PATH restore[0]"],
  },
  {
    what: "text that YAML cannot carry",
    fleet: { tenants: [someTenant("shop", { annotations: { "example.com/x": "\ud800" } })] },
    expected: ['UNPRINTABLE_STRING Tenant "shop": annotations["example.com/x"]'],
  },
];

describe("checkFleet finds", () => {
  for (const { what, fleet, context, expected, problem } of rows) {
    it(what, () => {
      const findings = findingsOf(someFleet(fleet), fleetContext(context));
      assert.deepEqual(
        findings.map(({ code, path }) => `${code} ${path}`),
        expected,
      );
      if (problem !== undefined) {
        const [only] = findings;
        assert.ok(only?.problem.includes(problem), only?.problem);
      }
      for (const secret of ["hunter2", identities[0], identities[1]]) {
        assert.ok(!JSON.stringify(findings).includes(secret));
      }
    });
  }

  it("nothing in a fleet without faults", () => {
    assert.deepEqual(findingsOf(someFleet()), []);
  });

  it("everything at once, in path order, and renderFleet throws all of it", () => {
    const broken = someFleet({
      clusters: [someCluster("eu", { ring: "Canary!" })],
      tenants: [
        someTenant("zoo", { interval: "5", dependsOn: [infrastructure] }),
        someTenant("ant", { timeout: "0s", clusters: { ring: "none" } }),
      ],
    });
    const expected = [
      'INVALID_NAME Cluster "eu": ring',
      'EMPTY_SELECTOR Tenant "ant": clusters',
      'INVALID_DURATION Tenant "ant": timeout',
      'NOT_LISTED Tenant "zoo": dependsOn',
      'INVALID_DURATION Tenant "zoo": interval',
    ];
    assert.deepEqual(
      findingsOf(broken).map(({ code, path }) => `${code} ${path}`),
      expected,
    );
    assert.throws(
      () => renderFleet("acme", broken, fleetContext()),
      (error) => FleetError.is(error) && error.findings.length === expected.length,
    );
  });
});

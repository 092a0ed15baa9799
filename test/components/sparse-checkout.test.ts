import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { describe, it } from "node:test";
import { sparseFindings } from "../../components/fleet/wiring/sparse-findings.js";
import type { FleetDeclaration, RenderedFleet } from "../../core.js";
import { layer, opaqueSecret, renderFleet } from "../../core.js";
import type { FleetRecord } from "../../graph/changes/ownership.js";
import { planChange, publish, readHead } from "../../repository/index.js";
import type { Declaration } from "../../repository/index.js";
import { findingsOf, fleetContext, recipients } from "../fixtures/fleets.js";
import { someCluster, someFleet, someTenant } from "../fixtures/fleets.js";
import { object } from "../fixtures/placed.js";
import { workbench } from "../repository/workbench.js";

const written = { "infra/overlays/production/a.yaml": configMap("a") };

function configMap(name: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: default}\n`;
}

/** A fleet whose clusters fetch only what is theirs. */
function sparseFleet(
  more: Partial<FleetDeclaration> = {},
  sync: { readonly sparseCheckout?: boolean } = { sparseCheckout: true },
): FleetDeclaration {
  const { repository } = someFleet();
  return someFleet({ repository: { ...repository, sync }, removal: { reason: "a test" }, ...more });
}

function rendered(fleet: FleetDeclaration, record?: FleetRecord): RenderedFleet {
  const directories = new Map(Object.entries(written));
  return renderFleet("acme", fleet, fleetContext({ record, directories }));
}

/** What the root source of each cluster fetches. */
function fetched(fleet: FleetDeclaration): readonly unknown[] {
  return rendered(fleet).clusters.map(
    ({ sync }) => (sync.source["spec"] as { sparseCheckout?: unknown }).sparseCheckout,
  );
}

const everything = layer("infra", {
  clusters: "all",
  directory: "./infra/overlays/<environment>",
});
const rollout = layer("rollout", {
  clusters: [{ environment: "production" }],
  base: { objects: [object("ConfigMap", "a")] },
});

describe("a cluster that fetches only its part", () => {
  it("fetches its own directories and the folders of its layers, all of which are there", () => {
    const fleet = sparseFleet({
      clusters: [
        someCluster("eu", {
          age: { recipient: recipients[0] },
          secrets: [opaqueSecret("login", { password: "x" }, { namespace: "default" })],
        }),
        someCluster("us", { environment: "staging" }),
      ],
      sops: { breakGlass: [recipients[1]] },
      layers: [rollout],
      tenants: [someTenant("shop", { clusters: [{ environment: "production" }] })],
    });
    assert.deepEqual(fetched(fleet), [
      ["clusters/production/eu", "rollout", "secrets/production/eu", "tenants/production/eu"],
      ["clusters/staging/us"],
    ]);
    const { files, clusters } = rendered(fleet);
    for (const { sync } of clusters) {
      const { sparseCheckout } = sync.source["spec"] as { sparseCheckout: readonly string[] };
      for (const directory of sparseCheckout) {
        assert.ok(
          files.some(({ path }) => path.startsWith(`${directory}/`)),
          directory,
        );
      }
    }
    assert.match(
      files.find(({ path }) => path === "clusters/production/eu/flux-system/gotk-sync.yaml")
        ?.text ?? "",
      /sparseCheckout:\n {2}- clusters\/production\/eu\n {2}- rollout\n/,
    );
  });

  it("fetches the whole folder in which a layer is written", () => {
    const fleet = sparseFleet({ layers: [everything] });
    assert.deepEqual(fetched(fleet), [["clusters/production/eu", "infra"]]);
  });

  it("fetches everything where nothing else is asked for", () => {
    assert.deepEqual(fetched(sparseFleet({}, {})), [undefined]);
    assert.deepEqual(fetched(sparseFleet({}, { sparseCheckout: false })), [undefined]);
  });

  it("takes nothing from a folder that it does not fetch", () => {
    const listing = "resources: [a.yaml, ../../../shared/b.yaml]\n";
    const directories = new Map(
      Object.entries({
        ...written,
        "infra/overlays/production/kustomization.yaml": listing,
        "shared/b.yaml": configMap("b"),
      }),
    );
    const found = (sparse: boolean): readonly string[] =>
      findingsOf(
        sparseFleet({ layers: [everything] }, { sparseCheckout: sparse }),
        fleetContext({ directories }),
      ).map(({ code, path, problem }) => `${code} ${path} ${problem}`);
    assert.deepEqual(found(true), [
      'MISSING_DIRECTORY Layer "infra": directory It takes "shared/b.yaml", which cluster "eu" does not fetch.',
    ]);
    assert.deepEqual(found(false), []);
  });
});

/** Commits one fleet to a real repository; what is found about the next one. */
async function vanishing(
  t: TestContext,
  before: FleetDeclaration,
  after: FleetDeclaration,
): Promise<readonly string[]> {
  const { remote } = await workbench(t, written);
  const declared = ({ owner, files, record }: RenderedFleet): Declaration => {
    return { owner, renderer: "test 1", files, record };
  };
  const first = rendered(before);
  await publish(remote, "acme", declared(first));
  const reader = await readHead(remote, "acme");
  try {
    const next = rendered(after, first.record);
    const plan = await planChange(reader, declared(next));
    const found = sparseFindings({ record: first.record, reader }, plan, next);
    return found.map(({ code, problem }) => `${code} ${problem}`);
  } finally {
    await reader.dispose();
  }
}

describe("a folder that clusters fetch by name", () => {
  const both = sparseFleet({ layers: [everything, rollout] });

  it("does not vanish while they do, for then they would never fetch again", async (t) => {
    assert.deepEqual(await vanishing(t, both, sparseFleet({ layers: [everything] })), [
      'MISSING_DIRECTORY Folder "rollout" vanishes, and "eu" fetch nothing without it.',
    ]);
  });

  it("can vanish once they fetch everything, and when files of others stay in it", async (t) => {
    const open = sparseFleet({ layers: [everything, rollout] }, {});
    assert.deepEqual(await vanishing(t, open, sparseFleet({ layers: [everything] })), []);
    assert.deepEqual(await vanishing(t, both, sparseFleet({ layers: [rollout] })), []);
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubernetesObject } from "../../core.js";
import { placedFindings } from "../../graph/references/placed-findings.js";
import type { PlacedCluster, PlacedObject } from "../../graph/references/placed-objects.js";
import { imagePolicyMarker } from "../../manifests/index.js";
import { object, placed, placedCluster } from "../fixtures/placed.js";

const fleetUrl = "https://git.example.com/acme/fleet";
const root = object("GitRepository", "flux-system", { url: fleetUrl, ref: { branch: "main" } });

/** An image of a Namespace, and who writes its tags. */
function automation(
  namespace = "flux-system",
  more: { url?: string; path?: string; branch?: string; push?: string; range?: string } = {},
): readonly KubernetesObject[] {
  const { url = fleetUrl, path = "./apps", branch = "main", push = branch, range = "1.x" } = more;
  const at = (name: string): string => `${namespace}/${name}`;
  return [
    object("ImageRepository", at("web"), { image: "ghcr.io/acme/web", interval: "5m" }),
    object("ImagePolicy", at("web"), {
      imageRepositoryRef: { name: "web" },
      policy: { semver: { range } },
    }),
    object("GitRepository", at("image-updates"), { url, ref: { branch }, suspend: true }),
    object("ImageUpdateAutomation", at("image-updates"), {
      sourceRef: { kind: "GitRepository", name: "image-updates" },
      git: { checkout: { ref: { branch } }, push: { branch: push } },
      update: { path },
    }),
  ];
}

/** A ConfigMap with a marked field, in a file of the fleet repository. */
function marked(namespace: string, path = "apps/web.yaml", name = "web"): PlacedObject {
  const image = imagePolicyMarker({ namespace, name: "web" }, "ghcr.io/acme/web:1.0.0");
  const [one] = placed([{ ...object("ConfigMap", name), data: { image } }], { path });
  assert.ok(one);
  return one;
}

function eu(objects: readonly PlacedObject[], more: Partial<PlacedCluster> = {}): PlacedCluster {
  const shop = [object("Namespace", "shop")];
  return placedCluster([...placed([root, ...shop]), ...objects], more);
}

/** Codes and places of what is found on these clusters. */
function codes(...clusters: readonly PlacedCluster[]): readonly string[] {
  return placedFindings(clusters).map(
    ({ code, path }) => `${code} ${path.replace('Layer "base": ', "")}`,
  );
}

describe("a marker", () => {
  it("is written by the automation of its policy's Namespace that reaches its file", () => {
    for (const path of ["./apps", "apps/", "./", ""]) {
      assert.deepEqual(
        codes(eu([...placed(automation("flux-system", { path })), marked("flux-system")])),
        [],
      );
    }
  });

  it("outside of the directory that is written is found", () => {
    for (const path of ["./app", "./apps/web"]) {
      assert.deepEqual(
        codes(eu([...placed(automation("flux-system", { path })), marked("flux-system")])),
        ["FOREIGN_POLICY ConfigMap flux-system/web: data.image"],
      );
    }
  });

  it("of a policy whose automation writes another repository or branch is found", () => {
    const elsewhere = [{ url: "https://git.example.com/apps/shop" }, { branch: "release" }];
    for (const more of elsewhere) {
      const shop = placed(automation("shop", more));
      assert.deepEqual(codes(eu([...shop, marked("shop")])), [
        "FOREIGN_POLICY ConfigMap flux-system/web: data.image",
      ]);
    }
  });

  it("may be written over SSH, by another name of the repository", () => {
    const url = "ssh://git@git.example.com:22/acme/fleet.git";
    assert.deepEqual(
      codes(eu([...placed(automation("flux-system", { url })), marked("flux-system")])),
      [],
    );
  });

  it("of a policy that chooses for two rings is found, in one file or in two", () => {
    const all = placed(automation());
    const other = { name: "us", ring: "canary" };
    const found = ["FLOATING_VERSION ConfigMap flux-system/web: data.image"];
    const shared = [eu([...all, marked("flux-system")]), eu([marked("flux-system")], other)];
    assert.deepEqual(codes(...shared), found);
    const two = marked("flux-system", "apps/canary.yaml", "zeta");
    assert.deepEqual(codes(eu([...all, marked("flux-system")]), eu([two], other)), found);
    assert.deepEqual(codes(eu([...all, marked("flux-system")]), eu([two], { name: "us" })), []);
  });
});

describe("two automations", () => {
  const one = placed(automation());

  it("of one directory, or of one within the other, are found", () => {
    for (const path of ["./apps", "./apps/web", "./"]) {
      const other = placed(automation("shop", { path }));
      assert.deepEqual(codes(eu([...one, ...other])), [
        "DUPLICATE_WRITER ImageUpdateAutomation shop/image-updates: spec.update.path",
      ]);
    }
  });

  it("on two clusters are found as well", () => {
    assert.deepEqual(codes(eu(one), eu(one, { name: "us" })), [
      "DUPLICATE_WRITER ImageUpdateAutomation flux-system/image-updates: spec.update.path",
    ]);
  });

  it("of different directories, branches or repositories are fine, as is a suspended one", () => {
    const others = [
      { path: "./infrastructure" },
      { path: "./apps-of-others" },
      { push: "image-updates" },
      { url: "https://git.example.com/apps/shop" },
    ];
    for (const more of others) {
      assert.deepEqual(codes(eu([...one, ...placed(automation("shop", more))])), []);
    }
    const suspended = automation("shop").map((each) => {
      const spec = each["spec"] as object;
      return each.kind === "ImageUpdateAutomation"
        ? { ...each, spec: { ...spec, suspend: true } }
        : each;
    });
    assert.deepEqual(codes(eu([...one, ...placed(suspended)])), []);
  });
});

describe("a tenant's automation", () => {
  const tenants = [{ name: "shop", namespace: "shop" }];

  it("that writes the repository of the platform is found", () => {
    const shop = placed(automation("shop", { path: "./tenants" }));
    assert.deepEqual(codes(eu(shop, { tenants })), [
      "DUPLICATE_WRITER ImageUpdateAutomation shop/image-updates: spec.sourceRef",
    ]);
  });

  it("may write the tenant's own", () => {
    const shop = placed(automation("shop", { url: "https://git.example.com/apps/shop" }));
    assert.deepEqual(codes(eu(shop, { tenants })), []);
  });
});

describe("an image without an upper end", () => {
  const open = placed(automation("shop", { range: ">=1.0.0", url: "https://git.example.com/x" }));
  const found = "ImagePolicy shop/web: spec.policy.semver.range";

  it("is found in production, and not elsewhere", () => {
    assert.deepEqual(codes(eu(open, { production: true })), [`UNBOUNDED_RANGE ${found}`]);
    assert.deepEqual(codes(eu(open)), []);
  });

  it("is found where another cluster of its tenant is production", () => {
    const tenants = [{ name: "shop", namespace: "shop" }];
    const far = eu([], { name: "us", environment: "live", production: true, tenants });
    const staging = { environment: "staging", ring: "production", tenants };
    assert.deepEqual(codes(eu(open, staging), far), [`UNBOUNDED_RANGE ${found}`]);
    assert.deepEqual(codes(eu(open, staging), eu([], { name: "us", environment: "live" })), []);
  });

  it("is fine with a reason, or with an end", () => {
    const reason = { annotations: { "pulumi-flux-fleet/float-reason": "nightly builds" } };
    const named = open.map((one) => {
      const { metadata } = one.object;
      return { ...one, object: { ...one.object, metadata: { ...metadata, ...reason } } };
    });
    assert.deepEqual(codes(eu(named, { production: true })), []);
    const closed = placed(automation("shop", { url: "https://git.example.com/x" }));
    assert.deepEqual(codes(eu(closed, { production: true })), []);
  });
});

describe("the source with the key that writes", () => {
  it("may follow the branch of the fleet, because nobody polls it", () => {
    assert.deepEqual(codes(eu(placed(automation()))), []);
  });
});

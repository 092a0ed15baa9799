import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import type { FleetDeclaration } from "../../core.js";
import {
  alert,
  checkFleet,
  gitSource,
  opaqueSecret,
  provider,
  receiver,
  renderFleet,
  tenant,
} from "../../core.js";
import { textOf as at, valuesAt } from "../../graph/references/references.js";
import { recipients, someCluster, someFleet, fleetContext } from "../fixtures/fleets.js";

const slack = opaqueSecret("slack", { address: "https://hooks.slack.com/services/secret" });
const chat = provider("chat", { type: "slack", channel: "shop", secret: slack });
const token = opaqueSecret("webhook", { token: "a-secret-token" });
const push = receiver("push", {
  type: "github",
  resources: [{ kind: "GitRepository", name: "shop" }],
  secret: token,
});
const shop = tenant("shop", {
  clusters: "all",
  source: gitSource({ url: "https://git.example.com/shop", branch: "main" }),
  path: "./deploy",
  secrets: [slack, token],
  notifications: [chat, alert("failures", { provider: chat, sources: "all" }), push],
});

/** Two clusters of one environment. */
function fleet(more: Partial<FleetDeclaration> = {}): FleetDeclaration {
  const staging = (name: string, recipient: string) =>
    someCluster(name, { environment: "staging", age: { recipient } });
  return {
    ...someFleet(),
    clusters: [staging("eu", recipients[0]), staging("us", recipients[1])],
    tenants: [shop],
    ...more,
  };
}

function documents(declaration: FleetDeclaration, path: string): readonly unknown[] {
  const { files } = renderFleet("acme", declaration, fleetContext());
  const found = files.find((file) => file.path === path);
  assert.ok(found, `no file ${path}`);
  return parseAllDocuments(found.text).map((document) => document.toJS() as unknown);
}

describe("the notifications of a tenant", () => {
  it("are in its Namespace with its label, and say on which cluster they are", () => {
    for (const name of ["eu", "us"]) {
      const path = `tenants/staging/${name}/shop/notifications.yaml`;
      const objects = documents(fleet(), path);
      assert.deepEqual(
        objects.map((one) => `${at(one, "kind") ?? ""} ${at(one, "metadata.namespace") ?? ""}`),
        ["Alert shop", "Provider shop", "Receiver shop"],
      );
      for (const one of objects) {
        assert.deepEqual(valuesAt(one, "metadata.labels")[0]?.value, {
          "toolkit.fluxcd.io/tenant": "shop",
        });
      }
      assert.equal(at(objects[0], "spec.eventMetadata.cluster"), name);
    }
  });

  it("let its source be polled less often when a webhook names it", () => {
    const interval = (declaration: FleetDeclaration): unknown => {
      const objects = documents(declaration, "tenants/staging/eu/shop/sync.yaml");
      const source = objects.find((one) => at(one, "kind") === "GitRepository");
      return at(source, "spec.interval");
    };
    const silent = tenant("shop", { ...shop.args, notifications: [chat] });
    assert.equal(interval(fleet()), "10m");
    assert.equal(interval(fleet({ tenants: [silent] })), "5m");
  });

  it("are refused when a Secret or an object that they name is not there", () => {
    const lost = tenant("shop", {
      ...shop.args,
      secrets: [token],
      notifications: [
        chat,
        alert("failures", { provider: chat, sources: [{ kind: "HelmRelease", name: "web" }] }),
        push,
      ],
    });
    const found = checkFleet("acme", fleet({ tenants: [lost] }), fleetContext());
    assert.deepEqual(
      found.map(({ code, problem }) => `${code} ${problem}`),
      [
        'DANGLING_REFERENCE There is no HelmRelease "shop/web".',
        'DANGLING_REFERENCE There is no Secret "shop/slack".',
      ],
    );
  });
});

describe("the Secret of a notification", () => {
  it("is refused without the keys that Flux reads from it, and no value is shown", () => {
    const other = opaqueSecret("slack", { url: "https://hooks.slack.com/services/secret" });
    const gcr = receiver("push", {
      type: "gcr",
      resources: [{ kind: "GitRepository", name: "shop" }],
      secret: token,
    });
    const wrong = tenant("shop", {
      ...shop.args,
      secrets: [other, token],
      notifications: [chat, alert("failures", { provider: chat, sources: "all" }), gcr],
    });
    const found = checkFleet("acme", fleet({ tenants: [wrong] }), fleetContext());
    assert.deepEqual(
      found.map(({ code, path, problem }) => `${code} ${path} ${problem}`),
      [
        'MISSING_CREDENTIALS Tenant "shop": notifications["chat"].secret Secret "slack" has no key "address", which Flux reads from it.',
        'MISSING_CREDENTIALS Tenant "shop": notifications["push"].secret Secret "webhook" has no key "email", "audience", which Flux reads from it.',
      ],
    );
    assert.equal(JSON.stringify(found).includes("secret-token"), false);
  });
});

describe("the notifications of a fleet", () => {
  const pager = provider("pager", {
    type: "pagerduty",
    address: "https://events.pagerduty.com",
    channel: "integration",
  });

  it("are on every cluster, where a Provider without Alert gets the platform's", () => {
    const own = someCluster("us", {
      notifications: [alert("own", { provider: pager, sources: "all" })],
    });
    const declaration = fleet({
      clusters: [someCluster("eu"), own],
      tenants: [],
      notifications: [pager],
    });
    const names = (cluster: string): readonly unknown[] =>
      documents(declaration, `clusters/production/${cluster}/notifications.yaml`).map(
        (one) => `${at(one, "kind") ?? ""} ${at(one, "metadata.name") ?? ""}`,
      );
    assert.deepEqual(names("eu"), ["Alert pager-platform", "Provider pager"]);
    assert.deepEqual(names("us"), ["Alert own", "Provider pager"]);
    const [list] = documents(declaration, "clusters/production/eu/kustomization.yaml");
    assert.ok(valuesAt(list, "resources[]").some(({ value }) => value === "notifications.yaml"));
    assert.deepEqual(checkFleet("acme", declaration, fleetContext()), []);
  });
});

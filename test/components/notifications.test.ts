import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkObject, supportedLines } from "../../api/index.js";
import type { ProviderSpec } from "../../api/index.js";
import type { FluxPlace } from "../../components/flux-part.js";
import { alert } from "../../components/notification/alert.js";
import type { NotificationPart } from "../../components/notification/notification.js";
import { platformAlerts } from "../../components/notification/platform-alert.js";
import { provider } from "../../components/notification/provider.js";
import { notificationsShape } from "../../components/notification/shape.js";
import { notificationFindings } from "../../components/notification/validation.js";
import { textOf, valuesAt } from "../../graph/references/references.js";
import { opaqueSecret } from "../../components/sops/secrets/secret.js";
import { shapeFindings } from "../../graph/values/shapes.js";
import {
  canary,
  login,
  cluster,
  place,
  onCluster,
  objectOf,
  specOf,
  found,
  typesOf,
  complete,
} from "../fixtures/notifications.js";

describe("a Provider", () => {
  it("of every type that Flux serves is declared, renders and is accepted", () => {
    const types = typesOf("Provider");
    assert.equal(types.length, 32);
    for (const type of types) {
      const part = provider("one", complete(type));
      assert.deepEqual(shapeFindings([part], notificationsShape, "x"), [], type);
      assert.deepEqual(found(part), [], type);
      assert.deepEqual(checkObject(objectOf(part), "2.9.4", "x"), [], type);
    }
  });

  it("holds the names of its Secrets and nothing that is in them", () => {
    const part = provider("slack", {
      type: "slack",
      channel: "payments",
      secret: login,
      certSecret: { name: "ca" },
      proxySecret: opaqueSecret("proxy", { address: canary }),
    });
    assert.equal(JSON.stringify(part).includes(canary), false);
    assert.deepEqual(objectOf(part, place), {
      apiVersion: "notification.toolkit.fluxcd.io/v1beta3",
      kind: "Provider",
      metadata: { name: "slack", namespace: "shop", labels: place.labels },
      spec: {
        type: "slack",
        channel: "payments",
        secretRef: { name: "login" },
        certSecretRef: { name: "ca" },
        proxySecretRef: { name: "proxy" },
      },
    });
  });

  it("gives a commit one status for each cluster, with an expression that the program may replace", () => {
    const github = {
      type: "github",
      address: "https://github.com/acme/shop",
      secret: login,
    } as const;
    const own = "event.involvedObject.name";
    const expression = (part: NotificationPart<string>, at: FluxPlace = onCluster): unknown =>
      valuesAt(objectOf(part, at), "spec.commitStatusExpr")[0]?.value;
    assert.equal(
      expression(provider("status", github)),
      "('eu-west-1/' + event.involvedObject.kind + '/' + event.involvedObject.namespace + '/' + event.involvedObject.name).lowerAscii()",
    );
    assert.equal(expression(provider("status", { ...github, commitStatusExpr: own })), own);
    assert.equal(expression(provider("status", github), place), undefined);
    assert.equal(expression(provider("chat", complete("slack"))), undefined);
  });

  it("is refused without what its type needs to send anything", () => {
    const bare = (type: ProviderSpec["type"]) => found(provider("one", { type }));
    const address = "INVALID_ARGUMENT x.address";
    const credentials = "MISSING_CREDENTIALS x.secret";
    assert.deepEqual(bare("slack"), [address]);
    assert.deepEqual(bare("telegram"), ["INVALID_ARGUMENT x.channel", credentials]);
    assert.deepEqual(bare("github"), [address, credentials]);
    assert.deepEqual(
      found(
        provider("one", {
          ...{ type: "azuredevops", address: "https://dev.azure.com/a/b/_git/c" },
          serviceAccountName: "reporter",
        }),
      ),
      [],
    );
  });

  it("is refused with an address that is a credential, which is not repeated", () => {
    const secrets: readonly (readonly [ProviderSpec["type"], string])[] = [
      ["discord", "https://discord.com/api/webhooks/1/abcdef"],
      ["msteams", "https://acme.webhook.office.com/abcdef"],
      ["slack", "https://hooks.slack.com/services/T/B/abcdef"],
      ["generic", "https://user:abcdef@example.com"],
      ["generic", "https://example.com/?token=abcdef"],
      ["azureeventhub", "Endpoint=sb://x/;SharedAccessKeyName=a;SharedAccessKey=abcdef"],
    ];
    for (const [type, address] of secrets) {
      const findings = notificationFindings(provider("one", { type, address }), place, "x");
      const codes = findings.map(({ code }) => code);
      assert.deepEqual(codes, ["CREDENTIALS_IN_URL"], type);
      assert.equal(JSON.stringify(findings).includes("abcdef"), false, type);
    }
    const api = { type: "slack", address: "https://slack.com/api/chat.postMessage" } as const;
    assert.deepEqual(found(provider("one", { ...api, channel: "a", secret: login })), []);
  });

  it("takes fields without argument from `spec`, and not those that arguments decide", () => {
    const part = provider("one", { ...complete("generic"), spec: { interval: "5m" } });
    assert.deepEqual(found(part), []);
    assert.equal(textOf(objectOf(part), "spec.interval"), "5m");
    const refused = { secretRef: { name: "other" }, suspend: true };
    assert.deepEqual(found(provider("one", { ...complete("generic"), spec: refused })), [
      "PATCH_REFUSED x.spec.suspend",
      "PATCH_REFUSED x.spec.secretRef",
    ]);
  });
});

describe("an Alert", () => {
  const slack = provider("slack", complete("slack"));
  const github = provider("status", complete("github"));

  it("says on which cluster it is and sends failures, but to a commit also what becomes good", () => {
    const failures = alert("all", {
      provider: slack,
      sources: "all",
      eventMetadata: { team: "a" },
    });
    assert.equal(JSON.stringify(failures).includes("x.example.com"), false);
    const kinds = [
      ...["Bucket", "GitRepository", "HelmChart", "HelmRepository", "OCIRepository"],
      ...["HelmRelease", "Kustomization", "ImagePolicy", "ImageRepository"],
      "ImageUpdateAutomation",
    ];
    assert.deepEqual(specOf(failures, onCluster), {
      providerRef: { name: "slack" },
      eventSeverity: "error",
      eventSources: kinds.map((kind) => ({ kind, name: "*" })),
      eventMetadata: { cluster: "eu-west-1", environment: "production", team: "a" },
    });
    const status = alert("status", { provider: github, sources: [{ kind: "Kustomization" }] });
    assert.deepEqual(specOf(status, place), {
      providerRef: { name: "status" },
      eventSeverity: "info",
      eventSources: [{ kind: "Kustomization", name: "*" }],
    });
  });

  it("of every object is accepted by every line of Flux", () => {
    const all = objectOf(alert("all", { provider: slack, sources: "all" }));
    for (const line of supportedLines) assert.deepEqual(checkObject(all, line, "x"), [], line);
  });

  it("names the objects that parts stand for", () => {
    const part = alert("some", {
      provider: { kind: "provider", name: "slack", type: "slack" },
      severity: "info",
      sources: [
        { kind: "source", name: "charts", args: { type: "OCIRepository" } },
        { kind: "release", name: "web" },
        { kind: "layer", name: "base" },
        { kind: "tenant", name: "shop" },
        { kind: "image", name: "web" },
        { kind: "GitRepository", matchLabels: { a: "b" } },
      ],
      include: ["^(failed|stalled)"],
      exclude: ["waiting.*socket"],
    });
    assert.deepEqual(found(part), []);
    assert.deepEqual(shapeFindings([part], notificationsShape, "x"), []);
    assert.deepEqual(specOf(part, place), {
      providerRef: { name: "slack" },
      eventSeverity: "info",
      eventSources: [
        { kind: "OCIRepository", name: "charts" },
        { kind: "HelmRelease", name: "web" },
        { kind: "Kustomization", name: "base" },
        { kind: "Kustomization", name: "shop" },
        { kind: "ImageRepository", name: "web" },
        { kind: "ImagePolicy", name: "web" },
        { kind: "GitRepository", name: "*", matchLabels: { a: "b" } },
      ],
      inclusionList: ["^(failed|stalled)"],
      exclusionList: ["waiting.*socket"],
    });
  });

  it("is refused when it listens to nothing, or with an expression that Flux would skip", () => {
    const odd = { provider: slack, sources: [], exclude: ["(?=a)"] };
    assert.deepEqual(found(alert("A b", odd)), [
      "INVALID_NAME x",
      "INVALID_ARGUMENT x.sources",
      "INVALID_ARGUMENT x.exclude[0]",
    ]);
    const moved = {
      provider: slack,
      sources: "all",
      spec: { providerRef: { name: "b" } },
    } as const;
    assert.deepEqual(found(alert("a", moved)), ["PATCH_REFUSED x.spec.providerRef"]);
  });
});

describe("the platform's Alert", () => {
  it("sends what fails in flux-system to every Provider that no Alert names", () => {
    const parts = [
      provider("pager", complete("pagerduty")),
      provider("chat", complete("slack")),
      alert("chat", { provider: provider("chat", complete("slack")), sources: "all" }),
      provider("status", complete("gitlab")),
      provider("comments", complete("githubpullrequestcomment")),
    ];
    const alerts = platformAlerts(parts, cluster);
    assert.deepEqual(
      alerts.map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`),
      ["flux-system/pager-platform", "flux-system/status-platform"],
    );
    const [pager, status] = alerts;
    assert.equal(textOf(pager, "spec.eventSeverity"), "error");
    assert.equal(valuesAt(pager, "spec.eventSources[]").length, 10);
    assert.equal(textOf(pager, "spec.eventMetadata.cluster"), "eu-west-1");
    assert.equal(textOf(status, "spec.eventSeverity"), "info");
    assert.deepEqual(
      valuesAt(status, "spec.eventSources[].kind").map(({ value }) => value),
      ["Kustomization", "HelmRelease"],
    );
    for (const one of alerts) assert.deepEqual(checkObject(one, "2.9.4", "x"), []);
  });
});

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { checkObject, crdsOf, supportedLines } from "../../api/index.js";
import type { ProviderSpec } from "../../api/index.js";
import type { FluxPlace } from "../../components/flux-part.js";
import { alert } from "../../components/notification/alert.js";
import { notificationObjects } from "../../components/notification/manifests.js";
import type { NotificationPart } from "../../components/notification/notification.js";
import { platformAlerts } from "../../components/notification/platform-alert.js";
import { provider } from "../../components/notification/provider.js";
import type { ProviderArgs } from "../../components/notification/provider.js";
import { receiver } from "../../components/notification/receiver.js";
import { receiverTypes } from "../../components/notification/receiver-types.js";
import { notificationsShape } from "../../components/notification/shape.js";
import { notificationFindings } from "../../components/notification/validation.js";
import { webhookPath } from "../../components/notification/webhook-path.js";
import { webhookPath as webhookPathOf } from "../../components/webhook-path.js";
import { textOf, valuesAt } from "../../graph/references/references.js";
import { opaqueSecret } from "../../components/sops/secrets/secret.js";
import { shapeFindings } from "../../graph/values/shapes.js";
import type { KubernetesObject } from "../../manifests/manifest.js";

const canary = "a-token-that-nobody-may-see";
const login = opaqueSecret("login", { token: canary });
const labels = { "toolkit.fluxcd.io/tenant": "shop" };
const cluster = { name: "eu-west-1", environment: "production" };
const place = { namespace: "shop", serviceAccountName: "shop", labels };
const onCluster = { ...place, cluster };

function objectOf(part: NotificationPart<string>, at: FluxPlace = onCluster): KubernetesObject {
  const [object, ...more] = notificationObjects(part, at);
  assert.ok(object);
  assert.deepEqual(more, []);
  return object;
}

function specOf(part: NotificationPart<string>, at: FluxPlace) {
  return notificationObjects(part, at)[0]?.["spec"];
}

function found(part: NotificationPart<string>): readonly string[] {
  return notificationFindings(part, place, "x").map(({ code, path }) => `${code} ${path}`);
}

/** Every type of the newest Flux, as its definition lists them. */
function typesOf(kind: string): readonly string[] {
  const definition = crdsOf("2.9").find((crd) => textOf(crd, "spec.names.kind") === kind);
  const schema = "schema.openAPIV3Schema.properties.spec.properties.type.enum[]";
  return valuesAt(definition, `spec.versions[].${schema}`).map(({ value }) => String(value));
}

/** Arguments with everything that the type needs. */
function complete(type: string): ProviderArgs<string> {
  const channel = "channel/topic";
  const needsWebhook = ["discord", "msteams", "rocket", "googlechat", "lark", "sentry"];
  return needsWebhook.includes(type)
    ? { type: type as ProviderSpec["type"], channel, secret: login }
    : {
        type: type as ProviderSpec["type"],
        channel,
        secret: login,
        address: "https://x.example.com",
      };
}

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
      metadata: { name: "slack", namespace: "shop", labels },
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

describe("a Receiver", () => {
  it("of every type that Flux serves is declared, renders and is accepted", () => {
    assert.deepEqual([...typesOf("Receiver")].sort(), receiverTypes);
    const resources = [{ kind: "GitRepository", name: "shop" }] as const;
    for (const type of typesOf("Receiver")) {
      const validations = [{ expression: "claims.sub == 'x'", message: "not x" }];
      const oidcProviders = [{ issuerURL: "https://issuer.example.com", validations }];
      const part =
        type === "generic-oidc"
          ? receiver("push", { type, resources, oidcProviders })
          : receiver("push", { type: type as "generic", resources, secret: login });
      assert.deepEqual(shapeFindings([part], notificationsShape, "x"), [], type);
      assert.deepEqual(found(part), [], type);
      assert.deepEqual(checkObject(objectOf(part), "2.9.4", "x"), [], type);
    }
  });

  it("says the API version of what it asks for, without which a hook fails for half of the kinds", () => {
    const part = receiver("push", {
      type: "github",
      events: ["push"],
      secret: login,
      resourceFilter: "true",
      resources: [
        { kind: "release", name: "web" },
        { kind: "ArtifactGenerator", name: "cut", filter: "req.size() > 0" },
        { kind: "GitRepository", matchLabels: { a: "b" } },
      ],
    });
    assert.equal(JSON.stringify(part).includes(canary), false);
    assert.deepEqual(specOf(part, place), {
      type: "github",
      events: ["push"],
      secretRef: { name: "login" },
      resourceFilter: "true",
      resources: [
        { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", name: "web" },
        {
          apiVersion: "source.extensions.fluxcd.io/v1beta1",
          kind: "ArtifactGenerator",
          name: "cut",
          filter: "req.size() > 0",
        },
        {
          apiVersion: "source.toolkit.fluxcd.io/v1",
          kind: "GitRepository",
          name: "*",
          matchLabels: { a: "b" },
        },
      ],
    });
  });

  it("is refused without a Secret, or with issuers that its type does not ask", () => {
    const resources = [{ kind: "GitRepository", name: "shop" }] as const;
    const untyped = (args: object) =>
      found({ kind: "receiver", name: "push", args } as unknown as NotificationPart<string>);
    assert.deepEqual(untyped({ type: "github", resources }), ["INVALID_ARGUMENT x.secret"]);
    assert.deepEqual(untyped({ type: "generic-oidc", resources }), [
      "INVALID_ARGUMENT x.oidcProviders",
    ]);
    assert.deepEqual(untyped({ type: "github", resources, secret: login, oidcProviders: [] }), [
      "INVALID_ARGUMENT x.oidcProviders",
    ]);
    assert.deepEqual(untyped({ type: "github", resources: [], secret: login }), [
      "INVALID_ARGUMENT x.resources",
    ]);
  });

  it("has a path that is known before it exists", () => {
    const digest = createHash("sha256").update("tokenpushshop").digest("hex");
    const args = { token: "token", name: "push", namespace: "shop" };
    assert.equal(webhookPath(args), `/hook/${digest}`);
    assert.notEqual(webhookPath({ ...args, namespace: "other" }), `/hook/${digest}`);
  });
});

describe("the path of a webhook", () => {
  it("is a secret, wherever its token comes from", async () => {
    const args = { token: "token", name: "push", namespace: "shop" };
    for (const token of [pulumi.output("token"), "token"]) {
      const path = webhookPathOf({ ...args, token });
      assert.equal(await new Promise((resolve) => path.apply(resolve)), webhookPath(args));
      assert.equal(await pulumi.isSecret(path), true);
    }
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

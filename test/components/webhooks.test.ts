import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { checkObject } from "../../api/index.js";
import type { NotificationPart } from "../../components/notification/notification.js";
import { receiver } from "../../components/notification/receiver.js";
import { receiverTypes } from "../../components/notification/receiver-types.js";
import { notificationsShape } from "../../components/notification/shape.js";
import { webhookPath } from "../../components/notification/webhook-path.js";
import { webhookPath as webhookPathOf } from "../../components/webhook-path.js";
import { shapeFindings } from "../../graph/values/shapes.js";
import {
  canary,
  login,
  place,
  objectOf,
  specOf,
  found,
  typesOf,
} from "../fixtures/notifications.js";

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

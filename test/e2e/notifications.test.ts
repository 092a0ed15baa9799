import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { alert, opaqueSecret, provider, receiver, webhookPath } from "../../index.js";
import type { NotificationPart, SecretPart } from "../../index.js";
import type { ApiList, ApiObject, Lab, LabCluster } from "../../lab/index.js";
import { printYaml } from "../../manifests/index.js";
import type { EventSink, SentEvent } from "./support/event-sink.js";
import { startEventSink } from "./support/event-sink.js";
import type { LiveObject } from "./support/live.js";
import { applied, condition, find, nudge, read, until } from "./support/live.js";
import {
  commitApp,
  createApp,
  labCluster,
  labFleet,
  labTenant,
  openLab,
  type LabFleet,
} from "./support/lab-fleet.js";

const token = "the token of the webhook";

let lab: Lab;
let cluster: LabCluster;
let sink: EventSink;
let fleet: LabFleet;

/** A Provider that sends to a path of the sink, with an Alert for everything beside it. */
function reports(path: string): readonly [NotificationPart, NotificationPart] {
  const to = provider("sink", { type: "generic", address: sink.address(path) });
  return [to, alert("everything", { provider: to, sources: "all", severity: "info" })];
}

before(async () => {
  [lab, sink] = await Promise.all([openLab(), startEventSink()]);
  cluster = await lab.startCluster("notifications");
  const secret: SecretPart = opaqueSecret("webhook", { token: pulumi.secret(token) });
  const push = receiver("push", {
    type: "generic",
    secret,
    resources: [{ kind: "GitRepository", name: "payments" }],
  });
  const gitHost = opaqueSecret("git-host", { token: pulumi.secret("of the git host") });
  const status = provider("status", {
    type: "gitea",
    address: sink.address("/acme/payments"),
    secret: gitHost,
  });
  const commits = alert("commits", { provider: status, sources: [{ kind: "Kustomization" }] });
  await Promise.all(["payments", "search", "mallory"].map((name) => createApp(lab, name)));
  const role = { kind: "ClusterRole", name: "edit", reason: "it writes objects of Flux" } as const;
  fleet = await labFleet(lab, "fleet-notifications", {
    flux: {
      version: "2.9.4",
      components: [
        ...(["source-controller", "kustomize-controller", "helm-controller"] as const),
        ...(["notification-controller", "image-reflector-controller"] as const),
        "image-automation-controller",
      ],
    },
    clusters: [labCluster(cluster, { environment: "staging" })],
    notifications: [provider("platform", { type: "generic", address: sink.address("/platform") })],
    tenants: [
      labTenant(lab, "payments", {
        secrets: [secret, gitHost],
        notifications: [...reports("/payments"), push, status, commits],
      }),
      labTenant(lab, "search"),
      labTenant(lab, "mallory", {
        ...{ role, timeout: "30s", retryInterval: "10s", notifications: reports("/mallory") },
      }),
    ],
  });
  await fleet.up();
});
after(async () => {
  fleet.stack.dispose();
  await Promise.all([cluster.remove(), sink.close()]);
  await lab.stop();
});

/** Calls a webhook as its sender would, and gives the answer. */
async function call(path: string): Promise<number> {
  const address = (await cluster.services())["flux-system/webhook-receiver:80"] ?? "";
  const response = await fetch(`http://${address}${path}`, { method: "POST", body: "{}" });
  await response.text();
  return response.status;
}

/** The event that arrives at a path and is the one that is looked for. */
async function arrived(
  path: string,
  what: string,
  isIt: (event: SentEvent) => boolean,
): Promise<SentEvent> {
  return until(`${what} at ${path}`, () => Promise.resolve(sink.events(path).find(isIt)), 60);
}

describe("a tenant's webhook and Alert", () => {
  it("bring a commit to the cluster within seconds, and its event and status back with the cluster's name", async () => {
    const path = webhookPath({ token, name: "push", namespace: "payments" });
    const known = await new Promise<string>((resolve) => path.apply(resolve));
    const { status } = await until("the Receiver is Ready", async () => {
      const object = await read(cluster, "Receiver payments/push");
      return condition(object, "Ready")?.status === "True" && object;
    });
    assert.equal((status as { readonly webhookPath?: string }).webhookPath, known);
    assert.equal(
      (await read(cluster, "GitRepository payments/payments")).spec?.["interval"],
      "10m",
    );

    const commit = await commitApp(lab, "payments", "two");
    assert.equal(await call("/hook/0000"), 404);
    assert.equal(await call(known), 200);
    await until(
      "the commit is applied",
      async () => applied(await read(cluster, "Kustomization payments/payments")) === commit,
      60,
    );
    const event = await arrived("/payments", "the event of the commit", (one) => {
      const { kind } = one.involvedObject;
      return kind === "Kustomization" && (one.metadata?.["revision"] ?? "").endsWith(commit);
    });
    assert.deepEqual(
      [event.metadata?.["cluster"], event.metadata?.["environment"], event.severity],
      ["notifications", "staging", "info"],
    );
    const context = "notifications/kustomization/payments/payments";
    await until(
      "the commit has a status of this cluster",
      () => {
        const sent = sink.statuses("acme/payments", commit);
        return Promise.resolve(
          sent.some((one) => one.context === context && one.state === "success"),
        );
      },
      60,
    );
  });
});

describe("a tenant under lockdown", () => {
  const flux = {
    helm: "helm.toolkit.fluxcd.io/v2",
    image: "image.toolkit.fluxcd.io/v1",
    kustomize: "kustomize.toolkit.fluxcd.io/v1",
    alert: "notification.toolkit.fluxcd.io/v1beta3",
    receiver: "notification.toolkit.fluxcd.io/v1",
  };
  const victim = { namespace: "search", name: "search" };
  const interval = "10m";

  /** What the tenant commits to its own repository, each to reach Namespace `search`. */
  const attempts: readonly ApiObject[] = [
    attempt(flux.helm, "HelmRelease", "into", {
      chart: { spec: chart("mallory") },
      serviceAccountName: "mallory",
      targetNamespace: "search",
      storageNamespace: "mallory",
    }),
    attempt(flux.helm, "HelmRelease", "anonymous", {
      chart: { spec: chart("mallory") },
    }),
    attempt(flux.helm, "HelmRelease", "artifact", {
      chartRef: { kind: "OCIRepository", ...victim },
      serviceAccountName: "mallory",
    }),
    attempt(flux.kustomize, "Kustomization", "theirs", {
      ...{ path: "./deploy", prune: true, serviceAccountName: "mallory" },
      sourceRef: { kind: "GitRepository", ...victim },
    }),
    attempt(flux.image, "ImagePolicy", "theirs", {
      imageRepositoryRef: victim,
      policy: { alphabetical: {} },
    }),
    attempt(flux.image, "ImageUpdateAutomation", "theirs", {
      sourceRef: { kind: "GitRepository", ...victim },
      git: { commit: { author: { email: "mallory@example.com" } }, push: { branch: "main" } },
    }),
    attempt(flux.alert, "Alert", "spy", {
      providerRef: { name: "sink" },
      eventSeverity: "info",
      eventSources: [{ kind: "GitRepository", name: "*", namespace: "search" }],
    }),
    attempt(flux.receiver, "Receiver", "poke", {
      type: "generic",
      secretRef: { name: "poke" },
      resources: [{ kind: "GitRepository", ...victim }],
    }),
  ];

  function attempt(apiVersion: string, kind: string, name: string, spec: object): ApiObject {
    const isPolled = !["Alert", "Receiver", "ImagePolicy"].includes(kind);
    return { apiVersion, kind, metadata: { name }, spec: isPolled ? { interval, ...spec } : spec };
  }

  function chart(name: string): object {
    return { chart: "./chart", sourceRef: { kind: "GitRepository", name } };
  }

  before(async () => {
    const objects = printYaml([
      ...attempts,
      { apiVersion: "v1", kind: "Secret", metadata: { name: "poke" }, stringData: { token } },
    ]);
    await lab.git.commit("mallory-app", "main", {
      "deploy/app.yaml": objects,
      "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
      "chart/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: planted }\n",
    });
    await nudge(cluster, "GitRepository mallory/mallory");
    await until(
      "the attempts are on the cluster",
      async () => {
        if ((await find(cluster, "Receiver mallory/poke")) !== undefined) return true;
        const own = await read(cluster, "Kustomization mallory/mallory");
        throw new Error(JSON.stringify(condition(own, "Ready")));
      },
      60,
    );
  });

  /** What the tenant sees of an attempt: the first condition that says why it fails. */
  async function refusal(object: string, ...types: readonly string[]): Promise<string> {
    const look = async (): Promise<string> => {
      const found = await find(cluster, object);
      const said = types.map((type) => condition(found, type)).find((one) => isRefusal(one));
      if (said === undefined) throw new Error(JSON.stringify(found?.status ?? found ?? null));
      return `${said.reason ?? ""}: ${said.message ?? ""}`;
    };
    return until(`${object} is refused`, look, 60);
  }

  function isRefusal(found: ReturnType<typeof condition>): boolean {
    return /AccessDenied|cross-namespace|forbidden/u.test(
      `${found?.reason ?? ""} ${found?.message ?? ""}`,
    );
  }

  it("installs no release into another Namespace, nor with the rights of helm-controller", async () => {
    assert.match(
      await refusal("HelmRelease mallory/into", "Released", "Ready"),
      /system:serviceaccount:mallory:mallory" cannot .* in the namespace "search"/u,
    );
    assert.match(
      await refusal("HelmRelease mallory/anonymous", "Released", "Ready"),
      /system:serviceaccount:mallory:default" cannot/u,
    );
    for (const namespace of ["search", "mallory"]) {
      assert.equal(await find(cluster, `ConfigMap ${namespace}/planted`), undefined);
    }
  });

  it("takes no source of another Namespace, for a release, a Kustomization or image automation", async () => {
    const blocked = /^AccessDenied: .*cross-namespace references/u;
    for (const object of ["HelmRelease mallory/artifact", "Kustomization mallory/theirs"]) {
      assert.match(await refusal(object, "Stalled"), blocked, object);
    }
    assert.match(
      await refusal("ImageUpdateAutomation mallory/theirs", "Stalled"),
      /^AccessDenied: can't access 'GitRepository\/search\/search', cross-namespace/u,
    );
  });

  it("has no policy over images of another Namespace", async () => {
    assert.match(
      await refusal("ImagePolicy mallory/theirs", "Ready"),
      /^AccessDenied: .*cannot access 'ImageRepository\/search\/search', cross-namespace/u,
    );
  });

  it("hears nothing of another Namespace, and sees why in an Event of its Alert", async () => {
    await commitApp(lab, "search", "heard");
    await nudge(cluster, "GitRepository search/search");
    const said = await until("the Alert says why", async () => {
      const { items } = await cluster.api.get<ApiList<KubernetesEvent>>(
        "/api/v1/namespaces/mallory/events",
      );
      return items.find(({ involvedObject }) => involvedObject.name === "spy");
    });
    assert.match(
      said.message,
      /alert 'mallory\/spy' can't process event from 'GitRepository\/search\/search', cross-namespace references have been blocked/u,
    );
    const heard = sink.events("/mallory").map(({ involvedObject }) => involvedObject.namespace);
    assert.deepEqual([...new Set(heard)], ["mallory"]);
  });

  it("asks for no reconciliation in another Namespace: its hook fails", async () => {
    const before = await requestedAt();
    const path = await until("the Receiver has a path", async () => {
      const { status } = await read(cluster, "Receiver mallory/poke");
      return (status as { readonly webhookPath?: string } | undefined)?.webhookPath;
    });
    assert.equal(await call(path), 500);
    assert.equal(await requestedAt(), before);
  });

  async function requestedAt(): Promise<string | undefined> {
    const { metadata } = await read(cluster, "GitRepository search/search");
    return metadata.annotations?.["reconcile.fluxcd.io/requestedAt"];
  }
});

describe("the platform's Alert", () => {
  it("tells what fails in flux-system, on which cluster, and to no tenant", async () => {
    const directory = "tenants/staging/notifications/search";
    const path = `${directory}/kustomization.yaml`;
    const list = (await lab.git.read(fleet.repository, "main")).get(path) ?? "";
    await lab.git.commit(fleet.repository, "main", { [path]: `${list}- missing.yaml\n` });
    await nudge(cluster, "GitRepository flux-system/flux-system");
    const event = await arrived("/platform", "the failure", ({ involvedObject }) => {
      return involvedObject.kind === "Kustomization" && involvedObject.name === "search";
    });
    assert.deepEqual(
      [event.involvedObject.namespace, event.severity, event.reason, event.metadata?.["cluster"]],
      ["flux-system", "error", "BuildFailed", "notifications"],
    );
    assert.ok(sink.events("/platform").every(({ severity }) => severity === "error"));
    const tenants = [...sink.events("/payments"), ...sink.events("/mallory")];
    assert.ok(tenants.every(({ involvedObject }) => involvedObject.namespace !== "flux-system"));
  });
});

/** An Event of Kubernetes. */
interface KubernetesEvent extends LiveObject {
  readonly involvedObject: { readonly name: string };
  readonly message: string;
}

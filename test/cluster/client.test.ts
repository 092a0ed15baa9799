import assert from "node:assert/strict";
import { createServer, type Server, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { clusterClient, observeCluster, type KubeObject } from "../../cluster/index.js";
import { FleetError } from "../../errors.js";
import { createAuthority } from "../../lab/pki.js";
import { kubeconfigOf, reader, refusal, type Way } from "./access.js";
import { startApiServer, type ApiServer } from "./api-server.js";

const namespaces = { apiVersion: "v1", kind: "Namespace" };
const configMaps = { apiVersion: "v1", kind: "ConfigMap" };

let api: ApiServer;
before(async () => {
  api = await startApiServer();
});
after(() => api.stop());

const kubeconfig = (way: Partial<Way> & { readonly user: object }): string =>
  kubeconfigOf({ server: api.server, ca: api.ca, ...way });

describe("a kubeconfig", () => {
  const secret = "c2VjcmV0LWtleS1tYXRlcmlhbC1vZi10aGUtdXNlcg==";
  const broken: readonly (readonly [string, string])[] = [
    ["is empty", " \n"],
    ["is no YAML", `users: [{name: a, user: {token: ${secret}}]\n  - :`],
    ["is no mapping", secret],
    [
      "has no context",
      stringify({ clusters: [], users: [{ name: "a", user: { token: secret } }] }),
    ],
  ];
  for (const [title, text] of broken) {
    it(`that ${title} is a finding that quotes nothing of it`, async () => {
      const error = await refusal(text);
      assert.equal(error.code, "CLUSTER_KUBECONFIG_INVALID");
      assert.ok(!JSON.stringify(error.findings).includes(secret.slice(0, 16)));
    });
  }
  it("without TLS is a finding", async () => {
    const text = kubeconfig({ server: "http://127.0.0.1:1", user: { token: "a" } });
    assert.equal((await refusal(text)).code, "CLUSTER_KUBECONFIG_INVALID");
  });
  it("whose certificate is none is a finding", async () => {
    const user = { "client-certificate-data": "YWJj", "client-key-data": "YWJj" };
    assert.equal((await refusal(kubeconfig({ user }))).code, "CLUSTER_KUBECONFIG_INVALID");
  });
  it("has a digest that follows server and authority and ignores the user", async () => {
    const digest = async (way: Partial<Way> & { readonly user: object }): Promise<string> =>
      (await clusterClient(kubeconfig(way)).endpoint()).digest;
    const first = await digest({ user: { token: "a" } });
    assert.equal(await digest({ user: { token: "b" } }), first);
    assert.notEqual(await digest({ user: {}, server: "https://127.0.0.1:1" }), first);
    assert.notEqual(await digest({ user: {}, ca: "other" }), first);
  });
});

describe("a cluster that cannot be used", () => {
  it("is named as out of reach when nothing listens there, in a bounded time", async () => {
    const start = Date.now();
    const text = kubeconfig({ server: "https://127.0.0.1:1", user: { token: "a" } });
    const error = await refusal(text);
    assert.equal(error.code, "CLUSTER_UNREACHABLE");
    assert.ok(Date.now() - start < 25_000);
  });
  it("is named as out of reach when it accepts connections and never answers", async () => {
    const silent = await listen(() => undefined);
    try {
      const text = kubeconfig({ server: silent.url("https"), user: { token: "a" } });
      const start = Date.now();
      const error = await refusal(text, { timeoutMs: 1_500, attemptTimeoutMs: 500 });
      assert.equal(error.code, "CLUSTER_UNREACHABLE");
      assert.ok(Date.now() - start < 15_000);
      const client = clusterClient(text, { name: "eu" });
      const observed = await observeCluster(client, { timeoutMs: 300 });
      assert.ok(!observed.reachable);
      assert.equal(observed.problem.code, "CLUSTER_UNREACHABLE");
      client.close();
    } finally {
      silent.close();
    }
  });
  it("is named as untrusted when its certificate comes from another authority", async () => {
    const ca = createAuthority("another").certificate;
    const error = await refusal(kubeconfig({ ca, user: { token: "a" } }));
    assert.equal(error.code, "CLUSTER_CERTIFICATE_UNTRUSTED");
  });
  it("refuses a token that is none, without repeating it", async () => {
    const token = "abcdefgh.ijklmnop.qrstuvwx";
    const error = await refusal(kubeconfig({ user: { token } }));
    assert.equal(error.code, "CLUSTER_UNAUTHORIZED");
    assert.ok(!error.message.includes(token));
  });
  it("says which right is missing", async () => {
    const token = await (await reader(api, "forbidden"))("forbidden");
    const client = clusterClient(kubeconfig({ user: { token } }), { name: "eu" });
    await assert.rejects(client.list({ apiVersion: "v1", kind: "Secret" }), (error) => {
      assert.ok(FleetError.is(error));
      assert.equal(error.code, "CLUSTER_FORBIDDEN");
      assert.match(error.message, /cannot list resource "secrets"/);
      return true;
    });
    client.close();
  });
});

describe("the client", () => {
  it("reads and writes objects of kinds it has never heard of", async () => {
    const object = {
      apiVersion: "kustomize.toolkit.fluxcd.io/v1",
      kind: "Kustomization",
      metadata: { name: "apps", namespace: "default" },
      spec: { interval: "10m", prune: true, sourceRef: { kind: "GitRepository", name: "a" } },
    };
    const applied = await api.client.apply(object, { fieldManager: "flux" });
    assert.equal(applied.metadata.generation, 1);
    const ref = {
      apiVersion: object.apiVersion,
      kind: object.kind,
      namespace: "default",
      name: "apps",
    };
    await api.client.patch(ref, { spec: { suspend: true } }, { fieldManager: "test" });
    const live = await api.client.get(ref);
    assert.deepEqual(live?.spec, { force: false, ...object.spec, suspend: true });
    await api.client.delete(ref);
    assert.equal(await api.client.get(ref), undefined);
    await api.client.delete(ref);
  });
  it("finds nothing of a kind that is not served, and finds it once it is", async () => {
    const kind = { apiVersion: "example.com/v1", kind: "Late" };
    assert.deepEqual(await api.client.list(kind), []);
    await api.client.apply(
      {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "lates.example.com" },
        spec: {
          group: "example.com",
          scope: "Namespaced",
          names: { plural: "lates", kind: "Late" },
          versions: [
            {
              name: "v1",
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: "object" } },
            },
          ],
        },
      },
      { fieldManager: "test" },
    );
    const late = { ...kind, metadata: { name: "a", namespace: "default" } };
    await eventually(() => api.client.apply(late, { fieldManager: "test" }));
    assert.equal((await api.client.list(kind)).length, 1);
  });
  it("reports a conflict of field managers and takes over when forced", async () => {
    const object = (value: string): KubeObject => ({
      ...configMaps,
      metadata: { name: "contested", namespace: "default" },
      data: { a: value },
    });
    await api.client.apply(object("1"), { fieldManager: "one" });
    await assert.rejects(api.client.apply(object("2"), { fieldManager: "two" }), {
      code: "CLUSTER_CONFLICT",
    });
    const forced = await api.client.apply(object("2"), { fieldManager: "two", force: true });
    assert.deepEqual(forced.data, { a: "2" });
  });
  it("reads lists of more than one page whole", async () => {
    const names = Array.from({ length: 620 }, (_, index) => `n${String(index)}`);
    for (let start = 0; start < names.length; start += 40) {
      const part = names.slice(start, start + 40);
      await Promise.all(
        part.map((name) =>
          api.client.create(
            { ...configMaps, metadata: { name, namespace: "kube-public" } },
            { fieldManager: "test" },
          ),
        ),
      );
    }
    const found = await api.client.list(configMaps, { namespace: "kube-public" });
    assert.equal(new Set(found.map(({ metadata }) => metadata.name)).size, names.length);
  });
  it("gets through an API server that restarts", async () => {
    await api.pause();
    const answer = clusterClient(api.kubeconfig, { timeoutMs: 60_000, attempts: 60 });
    const list = answer.list(namespaces);
    await api.resume();
    assert.ok((await list).length > 0);
    answer.close();
  });
  it("asks again when connections are cut before the answer", async () => {
    let cut = 2;
    const target = Number(new URL(api.server).port);
    const proxy = await listen((socket) => {
      if (cut-- > 0) socket.destroy();
      else forward(socket, target);
    });
    const text = api.kubeconfig.replace(api.server, proxy.url("https"));
    const client = clusterClient(text);
    assert.ok((await client.list(namespaces)).length > 0);
    assert.ok(cut < 0);
    client.close();
    proxy.close();
  });
});

interface Listener {
  url(scheme: string): string;
  close(): void;
}

function listen(onConnection: (socket: Socket) => void): Promise<Listener> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      resolve({
        url: (scheme) => `${scheme}://127.0.0.1:${String(port)}`,
        close: () => {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}

function forward(socket: Socket, port: number): void {
  void import("node:net").then(({ connect }) => {
    const other = connect(port, "127.0.0.1");
    other.on("error", () => socket.destroy());
    socket.pipe(other).pipe(socket);
  });
}

async function eventually<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= 50) throw error;
      await sleep(100);
    }
  }
}

/**
 * What a fleet expects of the Kubernetes provider, as one list for the official plugin and for the
 * lab's stand-in alike. Only behaviour both have is asserted.
 */
import assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import type { ApiClient } from "../../lab/index.js";
import { assertNoCanary, failure, type InlineStack } from "../support/engine.js";
import type { Gate } from "../support/gate.js";

/** What a scenario has for itself. */
export interface Bench {
  /** Reads and writes the cluster directly. */
  readonly api: ApiClient;
  /** A namespace of its own that exists already. */
  readonly namespace: string;
  /** Stands between the provider and the cluster. */
  readonly gate: Gate;
  /** An empty stack. */
  readonly stack: InlineStack;
  /** A provider for the cluster behind the gate; to be called inside a program. */
  readonly provider: (args?: Omit<kubernetes.ProviderArgs, "kubeconfig">) => kubernetes.Provider;
  /** The path of a ConfigMap or Secret in the scenario's namespace. */
  readonly path: (plural: "configmaps" | "secrets", name: string) => string;
}

/** One expectation. */
export interface Scenario {
  /** A sentence of behaviour. */
  readonly title: string;
  readonly run: (bench: Bench) => Promise<void>;
}

type Data = Record<string, pulumi.Input<string>>;

const { ConfigMap, Namespace, Secret } = kubernetes.core.v1;

/** The list. */
export const scenarios: readonly Scenario[] = [
  {
    title: "creates what a preview announced, once, and leaves it alone afterwards",
    async run({ stack, provider, namespace, api }) {
      const name = `${namespace}-new`;
      stack.setProgram(async () => {
        const made = new Namespace("made", { metadata: { name } }, { provider: provider() });
        return Promise.resolve({ name: made.metadata.name });
      });
      assert.deepEqual((await stack.preview()).changeSummary, { create: 3 });
      assert.equal(await api.find(`/api/v1/namespaces/${name}`), undefined);
      const first = await stack.up();
      assert.equal(first.problems, "");
      assert.equal(first.outputs["name"]?.value, name);
      assert.notEqual(await api.find(`/api/v1/namespaces/${name}`), undefined);
      assert.deepEqual((await stack.up()).changeSummary, { same: 3 });
    },
  },
  {
    title: "refuses to create what exists already, and leaves it untouched",
    async run({ stack, provider, namespace, api, path }) {
      await api.create(path("configmaps", ""), configMap("theirs", { a: "theirs" }));
      stack.setProgram(map(namespace, "theirs", { a: "ours" }, provider));
      await stack.preview();
      const { problems } = await failure(stack.up());
      assert.match(problems, /configmaps "theirs" already exists/);
      assert.deepEqual((await api.get(path("configmaps", "theirs"))).data, { a: "theirs" });
      assert.deepEqual(ids(stack), []);
    },
  },
  {
    title: "adopts what exists already with upsertExistingObjects and keeps foreign labels",
    async run({ stack, provider, namespace, api, path }) {
      const theirs = configMap("shared", { a: "same" }, { keep: "me" });
      await api.create(path("configmaps", ""), theirs);
      const upsert = (): kubernetes.Provider => provider({ upsertExistingObjects: true });
      stack.setProgram(map(namespace, "shared", { a: "same", b: "ours" }, upsert));
      await stack.up();
      const live = await api.get(path("configmaps", "shared"));
      assert.deepEqual(live.data, { a: "same", b: "ours" });
      assert.deepEqual(live.metadata.labels, { keep: "me" });
    },
  },
  {
    title: "stops at a field another manager took over, already in preview, until it is forced",
    async run({ stack, provider, namespace, api, path }) {
      const mutable = (): kubernetes.Provider => provider({ enableConfigMapMutable: true });
      stack.setProgram(map(namespace, "contested", { a: "1" }, mutable));
      await stack.up();
      const theirs = configMap("contested", { a: "99" });
      await api.apply(path("configmaps", "contested"), theirs, "kustomize-controller");
      assert.deepEqual((await stack.preview()).changeSummary, { same: 3 });
      assert.equal((await stack.refresh()).changeSummary["update"], 1);
      stack.setProgram(map(namespace, "contested", { a: "2" }, mutable));
      const { problems } = await failure(stack.preview());
      assert.match(problems, /conflict with "kustomize-controller".*\.data\.a/);
      const forced = { "pulumi.com/patchForce": "true" };
      stack.setProgram(map(namespace, "contested", { a: "2" }, mutable, forced));
      await stack.up();
      assert.deepEqual((await api.get(path("configmaps", "contested"))).data, { a: "2" });
    },
  },
  {
    title:
      "changes a value of a Secret in place with enableSecretMutable, else replaces the Secret",
    async run({ stack, provider, namespace, api, path }) {
      const mutable = (): kubernetes.Provider => provider({ enableSecretMutable: true });
      const uid = async (): Promise<string | undefined> =>
        (await api.get(path("secrets", "value"))).metadata.uid;
      stack.setProgram(secret(namespace, "value", { token: "one" }, mutable));
      await stack.up();
      const first = await uid();
      stack.setProgram(secret(namespace, "value", { token: "two" }, mutable));
      assert.equal((await stack.preview()).changeSummary["update"], 1);
      await stack.up();
      assert.equal(await uid(), first);
      assert.deepEqual(await secretData(api, path("secrets", "value")), { token: "two" });
      stack.setProgram(secret(namespace, "value", { token: "three" }, provider));
      assert.equal((await stack.preview()).changeSummary["replace"], 1);
      await stack.up();
      assert.notEqual(await uid(), first);
      assert.deepEqual(await secretData(api, path("secrets", "value")), { token: "three" });
    },
  },
  {
    title: "adds and removes keys of a Secret and leaves keys of others alone",
    async run({ stack, provider, namespace, api, path }) {
      const mutable = (): kubernetes.Provider => provider({ enableSecretMutable: true });
      stack.setProgram(secret(namespace, "keys", { old: "1", stays: "2" }, mutable));
      await stack.up();
      const foreign = { theirs: Buffer.from("3").toString("base64") };
      await api.apply(path("secrets", "keys"), {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "keys" },
        data: foreign,
      });
      stack.setProgram(secret(namespace, "keys", { stays: "2", fresh: "4" }, mutable));
      await stack.up();
      assert.deepEqual(await secretData(api, path("secrets", "keys")), {
        stays: "2",
        theirs: "3",
        fresh: "4",
      });
    },
  },
  {
    title: "makes an object of the new name and removes the old one on a rename",
    async run({ stack, provider, namespace, api, path }) {
      stack.setProgram(map(namespace, "before", { a: "1" }, provider));
      await stack.up();
      stack.setProgram(map(namespace, "after", { a: "1" }, provider));
      assert.equal((await stack.preview()).changeSummary["replace"], 1);
      await stack.up();
      assert.equal(await api.find(path("configmaps", "before")), undefined);
      assert.notEqual(await api.find(path("configmaps", "after")), undefined);
      assert.deepEqual(ids(stack), [`${namespace}/after`]);
    },
  },
  {
    title: "previews while the cluster is unreachable, changed or not",
    async run({ stack, provider, namespace, gate }) {
      stack.setProgram(map(namespace, "map", { a: "1" }, provider));
      await stack.up();
      await gate.close();
      assert.deepEqual((await stack.preview()).changeSummary, { same: 3 });
      assert.deepEqual((await stack.up()).changeSummary, { same: 3 });
      stack.setProgram(async () => {
        await map(namespace, "map", { a: "1" }, provider)();
        const more = new kubernetes.Provider("more", { kubeconfig: gate.kubeconfig });
        new ConfigMap("new", configMap("new", {}, {}, namespace), { provider: more });
      });
      assert.equal((await stack.preview()).changeSummary["create"], 2);
    },
  },
  {
    title: "fails an update and a refresh while the cluster is unreachable and keeps the state",
    async run({ stack, provider, namespace, api, gate, path }) {
      const mutable = (): kubernetes.Provider => provider({ enableConfigMapMutable: true });
      stack.setProgram(map(namespace, "map", { a: "1" }, mutable));
      await stack.up();
      await gate.close();
      stack.setProgram(map(namespace, "map", { a: "2" }, mutable));
      const { problems } = await failure(stack.up());
      assert.match(problems, /configured Kubernetes cluster is unreachable/);
      assert.match((await failure(stack.refresh())).problems, /PULUMI_K8S_DELETE_UNREACHABLE/);
      assert.deepEqual(ids(stack), [`${namespace}/map`]);
      await gate.open();
      await stack.up();
      assert.deepEqual((await api.get(path("configmaps", "map"))).data, { a: "2" });
    },
  },
  {
    title: "skips updates of an unreachable cluster when told to, and makes them up later",
    async run({ stack, provider, namespace, api, gate, path }) {
      const patient = (): kubernetes.Provider =>
        provider({ enableConfigMapMutable: true, skipUpdateUnreachable: true });
      stack.setProgram(map(namespace, "map", { a: "1" }, patient));
      await stack.up();
      await gate.close();
      stack.setProgram(map(namespace, "map", { a: "2" }, patient));
      assert.match((await stack.up()).problems, /warning: .*unreachable/i);
      await gate.open();
      await stack.up();
      assert.deepEqual((await api.get(path("configmaps", "map"))).data, { a: "2" });
    },
  },
  {
    title: "forgets objects of a cluster that is gone for good when told to",
    async run({ stack, provider, namespace, gate }) {
      const gone = (): kubernetes.Provider => provider({ deleteUnreachable: true });
      stack.setProgram(map(namespace, "map", { a: "1" }, gone));
      await stack.up();
      await gate.close();
      await stack.destroy();
      assert.deepEqual(stack.resources(), []);
    },
  },
  {
    title: "asks the exec plugin of a kubeconfig for its credentials",
    async run({ stack, namespace, api, gate, path }) {
      const kubeconfig = withExec(gate.kubeconfig);
      const exec = (): kubernetes.Provider => new kubernetes.Provider("cluster", { kubeconfig });
      stack.setProgram(map(namespace, "map", { a: "1" }, exec));
      await stack.up();
      assert.deepEqual((await api.get(path("configmaps", "map"))).data, { a: "1" });
    },
  },
  {
    title: "deletes what the program no longer declares",
    async run({ stack, provider, namespace, api, path }) {
      stack.setProgram(map(namespace, "gone", { a: "1" }, provider));
      await stack.up();
      stack.setProgram(async () => Promise.resolve());
      assert.equal((await stack.preview()).changeSummary["delete"], 2);
      await stack.up();
      assert.equal(await api.find(path("configmaps", "gone")), undefined);
    },
  },
  {
    title: "keeps a retained Secret on destroy and takes it over again, without its old keys",
    async run({ stack, provider, namespace, api, path }) {
      const owner = (): kubernetes.Provider =>
        provider({ enableSecretMutable: true, upsertExistingObjects: true });
      const annotations = { "pulumi.com/patchFieldManager": "flux-fleet" };
      const retained = (data: Data) =>
        secret(namespace, "kept", data, owner, { retainOnDelete: true }, annotations);
      stack.setProgram(retained({ a: "1", b: "2" }));
      await stack.up();
      await stack.destroy();
      assert.deepEqual(await secretData(api, path("secrets", "kept")), { a: "1", b: "2" });
      stack.setProgram(retained({ a: "changed" }));
      await stack.up();
      assert.deepEqual(await secretData(api, path("secrets", "kept")), { a: "changed" });
    },
  },
  {
    title: "sees drift on refresh and repairs it, a deleted object included",
    async run({ stack, provider, namespace, api, path }) {
      const mutable = (): kubernetes.Provider =>
        provider({ enableConfigMapMutable: true, enablePatchForce: true });
      stack.setProgram(map(namespace, "drifts", { a: "1", b: "2" }, mutable));
      await stack.up();
      await api.patch(path("configmaps", "drifts"), { data: { a: "moved", foreign: "3" } });
      assert.equal((await stack.refresh()).changeSummary["update"], 1);
      assert.equal((await stack.preview()).changeSummary["update"], 1);
      await stack.up();
      const repaired = { a: "1", b: "2", foreign: "3" };
      assert.deepEqual((await api.get(path("configmaps", "drifts"))).data, repaired);
      await api.delete(path("configmaps", "drifts"));
      assert.equal((await stack.refresh()).changeSummary["delete"], 1);
      assert.equal((await stack.up()).changeSummary["create"], 1);
      assert.deepEqual((await api.get(path("configmaps", "drifts"))).data, { a: "1", b: "2" });
    },
  },
  {
    title: "previews an object in a Namespace that does not exist yet, and fails to create it",
    async run({ stack, provider }) {
      stack.setProgram(map("no-such-namespace", "map", { a: "1" }, provider));
      await stack.preview();
      const { problems } = await failure(stack.up());
      assert.match(problems, /namespaces "no-such-namespace" not found/);
      assert.deepEqual(ids(stack), []);
    },
  },
  {
    title: "keeps a secret out of output, state and history, and marks what is derived from it",
    async run({ stack, provider, namespace }) {
      const [first, second] = ["canary-3f9a1c", "canary-77be02"];
      const mutable = (): kubernetes.Provider => provider({ enableSecretMutable: true });
      const said: string[] = [];
      for (const token of [first, second]) {
        stack.setProgram(secret(namespace, "sealed", { token }, mutable));
        const preview = await stack.preview({ diff: true });
        const up = await stack.up({ diff: true });
        assert.equal(up.outputs["data"]?.secret, true);
        const events = JSON.stringify([preview.events, up.events]);
        said.push(preview.stdout, preview.stderr, up.stdout, up.stderr, events);
      }
      said.push((await stack.refresh()).stdout, stack.everythingStored());
      assertNoCanary(first, ...said);
      assertNoCanary(second, ...said);
    },
  },
];

type Program = () => Promise<Record<string, unknown>>;

function map(
  namespace: string,
  name: string,
  data: Data,
  provider: () => kubernetes.Provider,
  annotations: Record<string, string> = {},
): Program {
  return () => {
    const metadata = { name, namespace, annotations };
    new ConfigMap("map", { metadata, data }, { provider: provider() });
    return Promise.resolve({});
  };
}

function secret(
  namespace: string,
  name: string,
  stringData: Data,
  provider: () => kubernetes.Provider,
  opts: pulumi.CustomResourceOptions = {},
  annotations: Record<string, string> = {},
): Program {
  return () => {
    const metadata = { name, namespace, annotations };
    const made = new Secret("secret", { metadata, stringData }, { ...opts, provider: provider() });
    return Promise.resolve({ data: made.data });
  };
}

function configMap(
  name: string,
  data: Record<string, string>,
  labels: Record<string, string> = {},
  namespace?: string,
): { apiVersion: "v1"; kind: "ConfigMap"; metadata: object; data: Record<string, string> } {
  const metadata = { name, labels, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

/** The same kubeconfig with its client certificate handed out by a command. */
function withExec(kubeconfig: string): string {
  const config = parse(kubeconfig) as { users: { name: string; user: Record<string, string> }[] };
  const users = config.users.map(({ name, user }) => {
    const pem = (key: string): string => Buffer.from(user[key] ?? "", "base64").toString();
    const apiVersion = "client.authentication.k8s.io/v1";
    const answer = JSON.stringify({
      apiVersion,
      kind: "ExecCredential",
      status: {
        clientCertificateData: pem("client-certificate-data"),
        clientKeyData: pem("client-key-data"),
      },
    });
    const exec = { apiVersion, command: "printenv", args: ["ANSWER"], interactiveMode: "Never" };
    return { name, user: { exec: { ...exec, env: [{ name: "ANSWER", value: answer }] } } };
  });
  return JSON.stringify({ ...config, users });
}

async function secretData(api: ApiClient, path: string): Promise<Record<string, string>> {
  const { data = {} } = await api.get(path);
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );
}

function ids(stack: InlineStack): readonly (string | undefined)[] {
  return stack
    .resources()
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ id }) => id);
}

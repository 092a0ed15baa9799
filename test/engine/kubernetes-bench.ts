/**
 * What a fleet expects of the Kubernetes provider: scenarios for the official plugin and for the lab's
 * stand-in alike. Only behaviour both have is asserted.
 */
import { after, before, describe, test } from "node:test";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { attachLab, labVariable, startLab } from "../../lab/index.js";
import type { ApiClient, Lab } from "../../lab/index.js";
import { kubernetesPlugin } from "../../lab/pulumi.js";
import { inlineStack } from "../support/engine.js";
import type { InlineStack } from "../support/engine.js";
import { openGate } from "../support/gate.js";
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

/** Values by key. */
export type Data = Record<string, pulumi.Input<string>>;

const { ConfigMap, Secret } = kubernetes.core.v1;

/** Runs scenarios, each in a Namespace and with a stack of its own. */
export function describeKubernetes(subject: string, scenarios: readonly Scenario[]): void {
  describe(`the Kubernetes provider, ${subject}`, () => {
    let lab: Lab;

    before(async () => {
      const isShared = (process.env[labVariable] ?? "") !== "";
      lab = isShared ? attachLab() : await startLab({ clusters: 1, git: false });
      console.log((await kubernetesPlugin()).line);
    });

    after(() => lab.stop());

    for (const [index, { title, run }] of scenarios.entries()) {
      test(title, async () => {
        const [cluster] = lab.clusters;
        if (cluster === undefined) throw new Error("the lab has no cluster");
        const { api } = cluster;
        const namespace = `scenario-${index}-${process.pid}`;
        await api.create("/api/v1/namespaces", { metadata: { name: namespace } });
        const gate = await openGate(cluster.server, cluster.kubeconfig);
        const kubeconfig = pulumi.secret(gate.kubeconfig);
        const stack = await inlineStack({ program: () => Promise.resolve() });
        try {
          await run({
            api,
            namespace,
            gate,
            stack,
            provider: (args) =>
              new kubernetes.Provider("cluster", { clusterIdentifier: "lab", ...args, kubeconfig }),
            path: (plural, name) =>
              `/api/v1/namespaces/${namespace}/${plural}${name === "" ? "" : `/${name}`}`,
          });
        } finally {
          stack.dispose();
          await gate.close();
          await api.delete(`/api/v1/namespaces/${namespace}`);
        }
      });
    }
  });
}

/** What one operation of a stack declares. */
export type Program = () => Promise<Record<string, unknown>>;

/** A program with one ConfigMap. */
export function map(
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

/** A program with one Secret, whose data is an output. */
export function secret(
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

/** A ConfigMap as the API takes it. */
export function configMap(
  name: string,
  data: Record<string, string>,
  labels: Record<string, string> = {},
  namespace?: string,
): { apiVersion: "v1"; kind: "ConfigMap"; metadata: object; data: Record<string, string> } {
  const metadata = { name, labels, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data };
}

/** The same kubeconfig with its client certificate handed out by a command. */
export function withExec(kubeconfig: string): string {
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

/** The values of a live Secret as text. */
export async function secretData(api: ApiClient, path: string): Promise<Record<string, string>> {
  const { data = {} } = await api.get(path);
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );
}

/** Ids of what a stack has on clusters. */
export function ids(stack: InlineStack): readonly (string | undefined)[] {
  return stack
    .resources()
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ id }) => id);
}

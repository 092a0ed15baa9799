import assert from "node:assert/strict";
import { test } from "node:test";
import { hostCommand, probedPort, type Surroundings } from "../../lab/container-command.js";
import { expand } from "../../lab/container-environment.js";
import type { Container, Pod } from "../../lab/pod.js";
import { inUnitsOf, parseQuantity } from "../../lab/quantity.js";

const surroundings: Surroundings = {
  hostPort: (port) => Promise.resolve(port + 10_000),
  volume: (name) => `/pods/1/${name}`,
  service: (namespace, name, port) =>
    Promise.resolve(namespace === "flux-system" ? `127.0.0.1:${name}:${String(port)}` : undefined),
  keyValue: (kind, { key, name }) =>
    Promise.resolve(key === "present" ? `${kind}/${name}` : undefined),
  allocatable: { cpu: "2", memory: "8Gi" },
};

function podOf(container: Partial<Container>): [Pod, Container] {
  const whole = { name: "manager", image: "ghcr.io/fluxcd/source-controller:v1", ...container };
  const metadata = { name: "source-1", namespace: "flux-system", uid: "u-1", labels: { app: "x" } };
  return [{ metadata, spec: { nodeName: "node-0", containers: [whole] } }, whole];
}

const command = async (
  container: Partial<Container>,
  program = "kustomize-controller",
): Promise<{ readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }> =>
  hostCommand(...podOf(container), program, surroundings);

test("runs source-controller with its own arguments and translates only addresses, ports and paths", async () => {
  const { args, env } = await command(
    {
      args: [
        "--events-addr=http://notification-controller.$(RUNTIME_NAMESPACE).svc.cluster.local./",
        "--watch-all-namespaces=true",
        "--log-level=info",
        "--enable-leader-election",
        "--feature-gates=ObjectLevelWorkloadIdentity=true",
        "--storage-path=/data",
        "--storage-adv-addr=source-controller.$(RUNTIME_NAMESPACE).svc.cluster.local.",
      ],
      env: [
        { name: "RUNTIME_NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
        { name: "TUF_ROOT", value: "/tmp/.sigstore" },
      ],
      volumeMounts: [
        { name: "data", mountPath: "/data" },
        { name: "tmp", mountPath: "/tmp" },
      ],
    },
    "source-controller",
  );
  assert.deepEqual(args, [
    "--events-addr=http://127.0.0.1:notification-controller:80/",
    "--watch-all-namespaces=true",
    "--log-level=info",
    "--enable-leader-election=false",
    "--feature-gates=ObjectLevelWorkloadIdentity=true",
    "--storage-path=/pods/1/data",
    "--storage-adv-addr=127.0.0.1:source-controller:80",
    "--metrics-addr=127.0.0.1:18080",
    "--health-addr=127.0.0.1:19440",
    "--storage-addr=127.0.0.1:19090",
  ]);
  assert.deepEqual(env, { RUNTIME_NAMESPACE: "flux-system", TUF_ROOT: "/pods/1/tmp/.sigstore" });
});

test("keeps a listener that the Deployment switched off or moved", async () => {
  const args = ["--metrics-addr=0", "--health-addr", ":7000", "--events-addr="];
  const { args: host } = await command({ args });
  assert.deepEqual(host, [
    "--metrics-addr=0",
    "--health-addr",
    "127.0.0.1:17000",
    "--events-addr=",
  ]);
});

test("gives notification-controller its two listening addresses", async () => {
  const { args } = await command({}, "notification-controller");
  assert.deepEqual(args.slice(2), [
    "--events-addr=127.0.0.1:19090",
    "--receiverAddr=127.0.0.1:19292",
  ]);
});

test("gives image-reflector-controller the directory of its volume, unless it names another", async () => {
  const volumeMounts = [{ name: "data", mountPath: "/data" }];
  const run = async (args: readonly string[]): Promise<readonly string[]> =>
    (await command({ args, volumeMounts }, "image-reflector-controller")).args;
  assert.ok((await run([])).includes("--storage-path=/pods/1/data"));
  assert.deepEqual(
    (await run(["--storage-path=/elsewhere"])).filter((arg) => arg.includes("storage")),
    ["--storage-path=/elsewhere"],
  );
});

test("leaves names of Services outside the lab's namespaces alone", async () => {
  const { args } = await command({ args: ["--proxy=http://proxy.tools.svc.cluster.local:3128/x"] });
  assert.equal(args[0], "--proxy=http://proxy.tools.svc.cluster.local:3128/x");
});

test("translates a path only where a volume is mounted", async () => {
  const volumeMounts = [{ name: "data", mountPath: "/data" }];
  const args = ["--a=/data/x", "--b=/database", "--c=x/data", "/data"];
  const host = await command({ args, volumeMounts });
  const expected = ["--a=/pods/1/data/x", "--b=/database", "--c=x/data", "/pods/1/data"];
  assert.deepEqual(host.args.slice(0, 4), expected);
});

test("resolves environment as a kubelet does", async () => {
  const field = (fieldPath: string): object => ({ valueFrom: { fieldRef: { fieldPath } } });
  const resource = (name: string, divisor?: string): object => ({
    valueFrom: {
      resourceFieldRef: { resource: name, ...(divisor === undefined ? {} : { divisor }) },
    },
  });
  const { env } = await command({
    resources: { limits: { cpu: "1500m", memory: "1Gi" }, requests: { cpu: "50m" } },
    env: [
      { name: "NAME", ...field("metadata.name") },
      { name: "NODE", ...field("spec.nodeName") },
      { name: "APP", ...field("metadata.labels['app']") },
      { name: "NONE", ...field("metadata.annotations['none']") },
      { name: "GOMAXPROCS", ...resource("limits.cpu") },
      { name: "GOMEMLIMIT", ...resource("limits.memory") },
      { name: "MEBI", ...resource("limits.memory", "1Mi") },
      { name: "MILLI", ...resource("requests.cpu", "1m") },
      { name: "JOINED", value: "$(NAME)-$(LATER)-$$(NAME)" },
      { name: "LATER", value: "x" },
      { name: "SECRET", valueFrom: { secretKeyRef: { name: "s", key: "present" } } },
      { name: "MAP", valueFrom: { configMapKeyRef: { name: "m", key: "present" } } },
      { name: "ABSENT", valueFrom: { secretKeyRef: { name: "s", key: "absent", optional: true } } },
    ],
  });
  assert.deepEqual(env, {
    NAME: "source-1",
    NODE: "node-0",
    APP: "x",
    NONE: "",
    GOMAXPROCS: "2",
    GOMEMLIMIT: "1073741824",
    MEBI: "1024",
    MILLI: "50",
    JOINED: "source-1-$(LATER)-$(NAME)",
    LATER: "x",
    SECRET: "secrets/s",
    MAP: "configmaps/m",
  });
});

test("takes the node's capacity for a container without limits", async () => {
  const resourceFieldRef = { resource: "limits.memory" };
  const { env } = await command({ env: [{ name: "GOMEMLIMIT", valueFrom: { resourceFieldRef } }] });
  assert.deepEqual(env, { GOMEMLIMIT: "8589934592" });
});

test("refuses what it cannot do, naming it", async () => {
  const secretKeyRef = { name: "s", key: "absent" };
  await assert.rejects(command({ env: [{ name: "A", valueFrom: { secretKeyRef } }] }), {
    name: "ContainerConfigError",
    message: 'env "A": no key "absent" in secrets "s"',
  });
  await assert.rejects(command({ envFrom: [{}] }), /envFrom is not supported/);
  const fieldRef = { fieldPath: "spec.nope" };
  await assert.rejects(command({ env: [{ name: "A", valueFrom: { fieldRef } }] }), /"spec.nope"/);
});

test("finds a probe's port by name or number", async () => {
  const [, container] = podOf({ ports: [{ name: "healthz", containerPort: 9440 }] });
  assert.equal(await probedPort(container, "healthz", surroundings), 19_440);
  assert.equal(await probedPort(container, 8080, surroundings), 18_080);
  await assert.rejects(probedPort(container, "nope", surroundings), /no port is named "nope"/);
});

test("expands variables as Kubernetes defines it", () => {
  assert.equal(expand("$(A)$(B)$$(A)$$$(A) $A $( A)", { A: "1" }), "1$(B)$(A)$1 $A $( A)");
});

test("reads quantities and rounds up to the divisor", () => {
  const values = ["250m", "1", "1Gi", "1k", "1e3", "1.5Mi", "2E"].map(parseQuantity);
  assert.deepEqual(values, [0.25, 1, 2 ** 30, 1000, 1000, 1.5 * 2 ** 20, 2e18]);
  assert.deepEqual(
    [
      inUnitsOf("1100m", "1"),
      inUnitsOf("300m", "100m"),
      inUnitsOf("1Gi", "0"),
      inUnitsOf("1", "1m"),
    ],
    ["2", "3", "1073741824", "1000"],
  );
  assert.throws(() => parseQuantity("ten"), /"ten" is not a quantity/);
});

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient, ApiList, Lab, LabCluster } from "../../lab/index.js";
import { createApiClient, startLab } from "../../lab/index.js";
import type { Pod } from "../../lab/pod.js";
import {
  defaultComponents,
  deploymentPath,
  eventually,
  fluxObjects,
  installFlux,
  isAvailable,
} from "./install-flux.js";

let lab: Lab;
let cluster: LabCluster;

before(async () => {
  lab = await startLab({ clusters: ["kubelet"], git: false });
  cluster = lab.cluster("kubelet");
  await installFlux(cluster);
  await allAvailable();
});
after(() => lab.stop());

const allAvailable = async (): Promise<void> => {
  await Promise.all(
    defaultComponents.map((name) =>
      eventually(`${name} Available`, () => isAvailable(cluster, name)),
    ),
  );
};

async function pidOf(program: string): Promise<number | undefined> {
  const programs = await cluster.programs();
  const pids = programs.filter((one) => one.program === program).map(({ pid }) => pid);
  return pids.length === 1 ? pids[0] : undefined;
}

const procFile = (pid: number | undefined, name: "cmdline" | "environ"): readonly string[] =>
  readFileSync(`/proc/${String(pid)}/${name}`, "utf8")
    .split("\0")
    .slice(0, -1);

const isRunning = (pid: number | undefined): boolean => {
  try {
    return procFile(pid, "cmdline").length > 0;
  } catch {
    return false;
  }
};

async function podsOf(program: string): Promise<readonly Pod[]> {
  const path = `/api/v1/namespaces/flux-system/pods?labelSelector=app%3D${program}`;
  return (await cluster.api.get<ApiList<Pod>>(path)).items;
}

/** Follows the Available condition of a Deployment; nothing between two looks is missed. */
async function availabilityOf(
  name: string,
): Promise<{ readonly seen: readonly string[]; readonly stop: () => void }> {
  const { metadata } = await cluster.api.get(deploymentPath(name));
  const version = metadata.resourceVersion ?? "";
  const collection = path.posix.dirname(deploymentPath(name));
  const seen: string[] = [];
  const ended = new AbortController();
  const watching = cluster.api.watch(
    `${collection}?watch=true&resourceVersion=${version}&fieldSelector=metadata.name%3D${name}`,
    ({ object }) => {
      const { conditions = [] } = (object.status ?? {}) as {
        readonly conditions?: readonly { readonly type: string; readonly status: string }[];
      };
      for (const { type, status } of conditions) if (type === "Available") seen.push(status);
    },
    ended.signal,
  );
  watching.catch((error: unknown) => {
    if (!ended.signal.aborted) seen.push(String(error));
  });
  return { seen, stop: () => ended.abort() };
}

/** Changes the only container of a Deployment. */
async function changeContainer(
  name: string,
  change: (container: Manager) => object,
): Promise<void> {
  const deployment = await cluster.api.get(deploymentPath(name));
  const { template } = deployment.spec as {
    readonly template: { readonly spec: { readonly containers: readonly Manager[] } };
  };
  const containers = template.spec.containers.map((one) => ({ ...one, ...change(one) }));
  await cluster.api.patch(deploymentPath(name), { spec: { template: { spec: { containers } } } });
}

interface Manager {
  readonly image: string;
  readonly args: readonly string[];
}

function refuses(address: string): Promise<boolean> {
  const [host = "", port = ""] = address.split(":");
  return new Promise((resolve) => {
    const socket = connect(Number(port), host);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", () => {
      resolve(true);
    });
  });
}

test("runs each controller with the arguments of its Deployment", async () => {
  for (const name of defaultComponents) {
    const deployment = fluxObjects([name]).find(({ kind }) => kind === "Deployment");
    const { template } = deployment?.spec as {
      readonly template: { readonly spec: { readonly containers: readonly Manager[] } };
    };
    const declared = template.spec.containers[0]?.args ?? [];
    const actual = procFile(await pidOf(name), "cmdline").slice(1);
    const translated = /^--(events-addr|storage-path|storage-adv-addr|enable-leader-election)\b/;
    assert.deepEqual(
      actual.slice(0, declared.length).filter((arg) => !translated.test(arg)),
      declared.filter((arg) => !translated.test(arg)),
    );
    assert.ok(declared.length >= 4);
    // Nothing but listening addresses is added.
    for (const added of actual.slice(declared.length)) {
      assert.match(added, /^--(metrics|health|storage|events|receiver)-?[aA]ddr=127\.0\.0\.1:\d+$/);
    }
  }
});

test("resolves a controller's environment as a kubelet does and adds nothing of this machine's", async () => {
  const environment = Object.fromEntries(
    procFile(await pidOf("source-controller"), "environ").map((line) => line.split(/=(.*)/s)),
  ) as Record<string, string>;
  assert.deepEqual(Object.keys(environment).sort(), [
    "GOMEMLIMIT",
    "HOME",
    "HOSTNAME",
    "KUBECONFIG",
    "PATH",
    "RUNTIME_NAMESPACE",
    "TMPDIR",
    "TUF_ROOT",
  ]);
  assert.equal(environment["RUNTIME_NAMESPACE"], "flux-system");
  assert.equal(environment["GOMEMLIMIT"], String(2 ** 30));
  assert.equal(environment["TUF_ROOT"], `${environment["TMPDIR"] ?? ""}/.sigstore`);
  assert.ok(environment["HOME"]?.startsWith(lab.directory));
});

test("gives a controller the identity of its own ServiceAccount and no other", async () => {
  const environment = procFile(await pidOf("helm-controller"), "environ");
  const file = environment
    .find((line) => line.startsWith("KUBECONFIG="))
    ?.slice("KUBECONFIG=".length);
  const kubeconfig = readFileSync(file ?? "", "utf8");
  assert.doesNotMatch(kubeconfig, /client-certificate|client-key|password/);
  const tokenFile = /tokenFile: (.+)/.exec(kubeconfig)?.[1] ?? "";
  const token = readFileSync(tokenFile, "utf8");
  const review = await cluster.api.create<{
    readonly status: { readonly user: { readonly username: string; readonly extra: object } };
  }>("/apis/authentication.k8s.io/v1/tokenreviews", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    spec: { token },
  });
  assert.equal(review.status.user.username, "system:serviceaccount:flux-system:helm-controller");
  assert.ok("authentication.kubernetes.io/pod-uid" in review.status.user.extra);
});

test("a killed controller takes its Deployment out of Available until it runs again", async () => {
  const before = await pidOf("kustomize-controller");
  const restarts = async (): Promise<number | undefined> =>
    (await podsOf("kustomize-controller"))[0]?.status?.containerStatuses?.[0]?.restartCount;
  const restartsBefore = (await restarts()) ?? 0;
  // It is away for little more than a second, in which nobody need look.
  const told = await availabilityOf("kustomize-controller");
  await cluster.killController("kustomize-controller");
  await eventually("not Available", () => Promise.resolve(told.seen.includes("False")));
  told.stop();
  await eventually("Available again", () => isAvailable(cluster, "kustomize-controller"));
  const [pod] = await podsOf("kustomize-controller");
  const status = pod?.status?.containerStatuses?.[0];
  assert.ok(((await restarts()) ?? 0) > restartsBefore);
  assert.equal(status?.lastState?.terminated?.exitCode, 137);
  assert.notEqual(await pidOf("kustomize-controller"), before);
});

test("a controller that hangs is not Ready although its process lives", async () => {
  const pid = (await pidOf("helm-controller")) ?? 0;
  process.kill(pid, "SIGSTOP");
  await eventually("not Available", async () => !(await isAvailable(cluster, "helm-controller")));
  assert.equal(await pidOf("helm-controller"), pid);
  process.kill(pid, "SIGCONT");
  await eventually("Available again", () => isAvailable(cluster, "helm-controller"));
});

test("a flag changed in the Deployment reaches the running process", async () => {
  const before = await pidOf("kustomize-controller");
  await changeContainer("kustomize-controller", ({ args }) => ({
    args: [...args, "--no-remote-bases=true", "--feature-gates=DirectSourceFetch=true"],
  }));
  await eventually("new process", async () => {
    const pid = await pidOf("kustomize-controller");
    return pid !== undefined && pid !== before && isRunning(pid);
  });
  await eventually("Available", () => isAvailable(cluster, "kustomize-controller"));
  const arguments_ = procFile(await pidOf("kustomize-controller"), "cmdline");
  assert.ok(arguments_.includes("--no-remote-bases=true"));
  assert.ok(arguments_.includes("--feature-gates=DirectSourceFetch=true"));
  await eventually("old process ended", () => Promise.resolve(!isRunning(before)));
});

test("an image tag that was not built never becomes Available and says so", async () => {
  const image = "ghcr.io/fluxcd/source-controller:v99.0.0";
  let built = "";
  await changeContainer("source-controller", (container) => {
    built = container.image;
    return { image };
  });
  await eventually("ImagePullBackOff", async () => {
    const waiting = (await podsOf("source-controller"))[0]?.status?.containerStatuses?.[0]?.state
      .waiting;
    return (
      waiting?.reason === "ImagePullBackOff" && waiting.message?.includes("not v99.0.0") === true
    );
  });
  await sleep(2000);
  assert.equal(await isAvailable(cluster, "source-controller"), false);
  assert.equal(await pidOf("source-controller"), undefined);
  const mirror = built.replace("ghcr.io", "registry.example.com/mirror");
  await changeContainer("source-controller", () => ({ image: mirror }));
  await eventually("Available from a mirror", () => isAvailable(cluster, "source-controller"));
});

test("ends a controller when its Deployment is scaled to zero, and its Service refuses connections", async () => {
  const name = "notification-controller";
  const address = (await cluster.services())[`flux-system/${name}:80`] ?? "";
  assert.equal(await refuses(address), false);
  const pid = await pidOf(name);
  await cluster.api.patch(deploymentPath(name), { spec: { replicas: 0 } });
  await eventually("pod gone", async () => (await podsOf(name)).length === 0);
  assert.equal(isRunning(pid), false);
  assert.equal(await refuses(address), true);
  await cluster.api.patch(deploymentPath(name), { spec: { replicas: 1 } });
  await eventually("Available", () => isAvailable(cluster, name));
  await eventually("same address", async () => !(await refuses(address)));
});

test("controllers outlive an outage of the API server, and what happened meanwhile is reported", async () => {
  const pids = await Promise.all(defaultComponents.map(pidOf));
  await cluster.stopApiServer();
  await assert.rejects(cluster.uid());
  await sleep(3000);
  assert.deepEqual(await Promise.all(defaultComponents.map(pidOf)), pids);
  await cluster.killController("helm-controller");
  await cluster.start();
  await eventually("restart reported", async () => {
    const [pod] = await podsOf("helm-controller");
    return (pod?.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0;
  });
  await allAvailable();
});

test("pods of other namespaces run on the node without a process", async () => {
  const labels = { app: "web" };
  const containers = [{ name: "web", image: "registry.example.com/web:1" }];
  await cluster.api.apply("/apis/apps/v1/namespaces/default/deployments/web", {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  });
  await eventually("Available", async () => {
    const web = await cluster.api.get("/apis/apps/v1/namespaces/default/deployments/web");
    return (web.status as { readonly availableReplicas?: number }).availableReplicas === 1;
  });
  assert.ok((await cluster.programs()).every(({ program }) => program.endsWith("-controller")));
});

test("anybody without the administrator's certificate is refused", async () => {
  const stranger: ApiClient = createApiClient({
    server: cluster.server,
    ca: cluster.ca,
    certificate: "",
    key: "",
  });
  await assert.rejects(stranger.get("/api/v1/secrets"), { status: 403 });
  stranger.close();
});

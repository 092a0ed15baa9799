import assert from "node:assert/strict";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import type { Pod } from "../../lab/pod.js";
import { createPorts } from "../../lab/ports.js";
import { ServiceRouter } from "../../lab/service-router.js";

const service = {
  metadata: { name: "source", namespace: "flux-system" },
  spec: { selector: { app: "source" }, ports: [{ port: 80, targetPort: "http" }] },
};

const podOf = (labels: Readonly<Record<string, string>>, namespace = "flux-system"): Pod => ({
  metadata: { name: "pod", namespace, labels },
  spec: { containers: [{ name: "c", image: "i", ports: [{ name: "http", containerPort: 9090 }] }] },
});

/** Answers each connection with its name once the client has said everything. */
async function backend(
  t: TestContext,
  name: string,
): Promise<(port: number) => number | undefined> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let heard = "";
    socket.on("data", (data) => (heard += data.toString()));
    socket.on("end", () => socket.end(`${name} heard ${String(heard.length)}`));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return (containerPort) => (containerPort === 9090 ? port : undefined);
}

function say(address: string, text: string): Promise<string> {
  const [host = "", port = ""] = address.split(":");
  const socket: Socket = connect({ host, port: Number(port), allowHalfOpen: true });
  let answer = "";
  return new Promise((resolve) => {
    socket.on("data", (data) => (answer += data.toString()));
    socket.on("end", () => {
      socket.destroy();
      resolve(answer);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? "");
    });
    socket.end(text);
  });
}

test("a Service's address follows its ready pods and refuses connections without one", async (t) => {
  const ports = createPorts();
  const router = new ServiceRouter(ports);
  t.after(() => {
    router.close();
    ports.close();
  });
  const address = await router.address("flux-system", "source", 80);
  assert.equal(await say(address, "x"), "ECONNREFUSED");
  const [one, two] = [await backend(t, "one"), await backend(t, "two")];
  router.setBackend("1", { pod: podOf({ app: "source" }), hostPort: one });
  assert.equal(await say(address, "x"), "ECONNREFUSED", "the Service does not exist yet");
  await router.serviceChanged(service);
  assert.equal(await say(address, "x".repeat(1_000_000)), "one heard 1000000");
  router.setBackend("2", { pod: podOf({ app: "source" }), hostPort: two });
  router.setBackend("1", undefined);
  assert.equal(await say(address, "abc"), "two heard 3");
  assert.equal(await router.address("flux-system", "source", 80), address);
  router.serviceGone(service);
  assert.equal(await say(address, "x"), "ECONNREFUSED");
  assert.deepEqual(router.addresses(), { "flux-system/source:80": address });
});

test("pods with other labels or in other namespaces are not behind a Service", async (t) => {
  const ports = createPorts();
  const router = new ServiceRouter(ports);
  t.after(() => {
    router.close();
    ports.close();
  });
  const hostPort = await backend(t, "one");
  await router.serviceChanged(service);
  const address = await router.address("flux-system", "source", 80);
  router.setBackend("1", { pod: podOf({ app: "other" }), hostPort });
  router.setBackend("2", { pod: podOf({ app: "source" }, "default"), hostPort });
  router.setBackend("3", { pod: podOf({ app: "source" }), hostPort: () => undefined });
  assert.equal(await say(address, "x"), "ECONNREFUSED");
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { cliProject } from "../support/cli-project.js";
import { eventually, processesNaming } from "../support/processes.js";

test("the Kubernetes provider ends with the engine when that is killed amid a request", async () => {
  const open = new Set<Socket>();
  const silent = createServer((socket) => {
    open.add(socket);
    socket
      .on("close", () => open.delete(socket))
      .on("error", () => socket.destroy())
      .resume();
  });
  await once(silent.listen(0, "127.0.0.1"), "listening");
  const { port } = silent.address() as AddressInfo;
  const project = await cliProject();
  try {
    const kubeconfig = {
      "current-context": "silent",
      contexts: [{ name: "silent", context: { cluster: "silent" } }],
      clusters: [{ name: "silent", cluster: { server: `http://127.0.0.1:${port}` } }],
    };
    project.write(`
      import * as k8s from "@pulumi/kubernetes";
      const provider = new k8s.Provider("silent", { kubeconfig: ${JSON.stringify(JSON.stringify(kubeconfig))} });
      new k8s.core.v1.ConfigMap("map", { metadata: { name: "map" } }, { provider });
    `);
    const mine = (): readonly number[] => processesNaming(project.directory);
    const engine = project.start("up", "--yes", "--skip-preview");
    await eventually("the provider asked the cluster", 240, () => open.size > 0);
    assert.ok(mine().length >= 3, "engine, program and provider run");
    engine.kill("SIGKILL");
    await eventually("nothing of the run is left", 60, () => mine().length === 0);
    await eventually("no connection is left", 60, () => open.size === 0);
  } finally {
    for (const socket of open) socket.destroy();
    silent.close();
    project.dispose();
  }
});

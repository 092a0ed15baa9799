import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { test } from "node:test";
import { createPorts } from "../../lab/ports.js";
import { runProgram } from "./child-program.js";

test("two processes never reserve the same port", async (t) => {
  const programs = await Promise.all([1, 2, 3].map(() => runProgram("reserve-ports.ts", ["1500"])));
  t.after(() => {
    for (const { child } of programs) child.kill("SIGKILL");
  });
  const ports = programs.flatMap(({ line }) => JSON.parse(line) as readonly number[]);
  assert.equal(ports.length, 4500);
  assert.equal(new Set(ports).size, 4500);
});

test("a reserved port can be listened on, and is kept until it is released", async () => {
  const ports = createPorts();
  const port = await ports.reserve();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  server.close();
  const isMarked = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = createSocket("udp4").once("error", () => {
        resolve(true);
      });
      socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => {
        socket.close();
        resolve(false);
      });
    });
  assert.equal(await isMarked(), true);
  ports.close();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await isMarked(), false);
});

import { createSocket, type Socket } from "node:dgram";
import { createServer } from "node:net";
import { randomInt } from "node:crypto";

/** Below the range from which Linux takes the local ports of outgoing connections. */
const firstPort = 18_000;
const lastPort = 32_000;
const attempts = 400;

/** Hands out TCP ports of 127.0.0.1 that no other lab on this machine will use meanwhile. */
export interface Ports {
  /** A port that is free now and stays this lab's until released. */
  reserve(): Promise<number>;
  release(port: number): void;
  /** Gives every port back. */
  close(): void;
}

/**
 * Between "this port is free" and "my process listens on it" another lab could take the port. So each
 * reserved TCP port is marked by holding the UDP port of the same number, which the kernel grants to
 * one process only and takes back when that process ends, however it ends.
 */
export function createPorts(): Ports {
  const held = new Map<number, Socket>();
  const release = (port: number): void => {
    held.get(port)?.close();
    held.delete(port);
  };
  return {
    async reserve() {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const port = randomInt(firstPort, lastPort);
        if (held.has(port)) continue;
        const mark = await holdUdp(port);
        if (mark === undefined) continue;
        held.set(port, mark);
        if (await isFree(port)) return port;
        release(port);
      }
      throw new Error(
        `No free port between ${String(firstPort)} and ${String(lastPort)} on 127.0.0.1.`,
      );
    },
    release,
    close() {
      for (const port of [...held.keys()]) release(port);
    },
  };
}

function holdUdp(port: number): Promise<Socket | undefined> {
  const socket = createSocket({ type: "udp4", reuseAddr: false });
  socket.unref();
  return new Promise((resolve) => {
    socket.once("error", () => {
      socket.close();
      resolve(undefined);
    });
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => {
      resolve(socket);
    });
  });
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** A switch between a client and an API server, so that one test's outage is no other test's. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A relay on 127.0.0.1. */
export interface Gate {
  /** The cluster's kubeconfig with the gate's address. */
  readonly kubeconfig: string;
  /** Connections are refused from now on, open ones are cut. */
  close(): Promise<void>;
  /** Lets connections through again, on the same port. */
  open(): Promise<void>;
}

/** Opens a gate before an API server. @param server - its URL, as it stands in the kubeconfig */
export async function openGate(server: string, kubeconfig: string): Promise<Gate> {
  const target = Number(new URL(server).port);
  const sockets = new Set<Socket>();
  const relay = createServer((socket) => {
    const upstream = connect(target, "127.0.0.1");
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on("close", () => sockets.delete(end)).on("error", () => end.destroy());
    }
    socket.pipe(upstream).pipe(socket);
    socket.on("close", () => upstream.destroy());
    upstream.on("close", () => socket.destroy());
  });
  await listening(relay, 0);
  const { port } = relay.address() as AddressInfo;
  return {
    kubeconfig: kubeconfig.replaceAll(server, `https://127.0.0.1:${port}`),
    async close() {
      if (!relay.listening) return;
      const closed = new Promise((resolve) => relay.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async open() {
      if (!relay.listening) await listening(relay, port);
    },
  };
}

function listening(relay: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    relay.once("error", reject).listen(port, "127.0.0.1", () => {
      relay.off("error", reject);
      resolve();
    });
  });
}

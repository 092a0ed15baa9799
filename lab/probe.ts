import { get } from "node:http";
import { connect } from "node:net";
import type { Probe } from "./pod.js";

/** Asks a probe once; `port` is the port of this machine. Never rejects. */
export function askProbe(probe: Probe, port: number): Promise<boolean> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  return probe.httpGet === undefined
    ? opens(port, timeoutMs)
    : answersWell(port, probe.httpGet.path ?? "/", timeoutMs);
}

function answersWell(port: number, path: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(
      { host: "127.0.0.1", port, path, agent: false, timeout: timeoutMs },
      (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        resolve(status >= 200 && status < 400);
      },
    );
    request.on("timeout", () => request.destroy());
    request.on("error", () => {
      resolve(false);
    });
  });
}

/** Whether someone accepts connections on a port of this machine; a silent one does not. Never rejects. */
export function opens(port: number, timeoutMs = 1000): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1", timeout: timeoutMs });
  const answer = (result: boolean, resolve: (result: boolean) => void): void => {
    socket.destroy();
    resolve(result);
  };
  return new Promise((resolve) => {
    socket.once("connect", () => {
      answer(true, resolve);
    });
    for (const failure of ["timeout", "error"] as const) {
      socket.once(failure, () => {
        answer(false, resolve);
      });
    }
  });
}

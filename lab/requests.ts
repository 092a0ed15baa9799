import { connect, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** What can be asked of a guardian. */
export type LabRequest =
  | { readonly method: "startCluster"; readonly name: string }
  | {
      readonly method: "stop" | "start" | "stopApiServer" | "rebuild" | "programs" | "services";
      readonly cluster: string;
    }
  | { readonly method: "killController"; readonly cluster: string; readonly program: string }
  | { readonly method: "shutdown" };

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}

/** An answered request; the connection stays open until `close`. */
export interface Answered {
  readonly result: unknown;
  close(): void;
}

/** A cluster whose ports strangers take is started three times, each for 90 s at most. */
const answerMs = 300_000;

/** Serves requests on a Unix socket, one JSON line per connection. `onClosed` runs when the asker is gone. */
export function serveRequests(
  socketPath: string,
  handle: (request: LabRequest, onClosed: (action: () => void) => void) => Promise<unknown>,
): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    createInterface({ input: socket }).once("line", (line) => {
      const request = JSON.parse(line) as LabRequest;
      const onClosed = (action: () => void): void => {
        if (socket.destroyed) action();
        else socket.once("close", action);
      };
      void handle(request, onClosed)
        .then(
          (result): Answer => ({ result: result ?? null }),
          (error: unknown): Answer => ({
            error: error instanceof Error ? error.message : String(error),
          }),
        )
        .then((answer) => socket.write(`${JSON.stringify(answer)}\n`));
    });
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, () => {
      resolve(server);
    });
  });
}

/**
 * Asks the guardian. Once it has answered, the open connection does not keep this process alive.
 * @throws when it refuses, ends, or has not answered after five minutes
 */
export function ask(socketPath: string, request: LabRequest): Promise<Answered> {
  const socket: Socket = connect(socketPath);
  return new Promise<Answered>((resolve, reject) => {
    const limit = setTimeout(() => {
      const seconds = String(answerMs / 1000);
      reject(new Error(`The lab did not answer "${request.method}" within ${seconds} s.`));
      socket.destroy();
    }, answerMs);
    socket.once("error", (error) => {
      reject(new Error(`The lab does not answer: ${error.message}`));
    });
    socket.once("close", () => {
      clearTimeout(limit);
      reject(new Error("The lab ended before it answered."));
    });
    createInterface({ input: socket }).once("line", (line) => {
      clearTimeout(limit);
      const answer = JSON.parse(line) as Answer;
      if (answer.error !== undefined) {
        socket.destroy();
        reject(new Error(answer.error));
        return;
      }
      socket.unref();
      resolve({
        result: answer.result,
        close: () => {
          socket.destroy();
        },
      });
    });
    socket.write(`${JSON.stringify(request)}\n`);
  });
}

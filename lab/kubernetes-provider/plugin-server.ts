/** What every plugin of the engine has in common: a gRPC server whose port is the first line printed. */
import { Server, ServerCredentials, status } from "@grpc/grpc-js";
import type {
  handleUnaryCall,
  ServiceDefinition,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";

/** Answers one kind of call. */
export type Handler = (request: never) => unknown;

const largest = 400 * 1024 * 1024;

/** Serves on a free port of 127.0.0.1 and prints it; calls without a handler are answered UNIMPLEMENTED. */
export function servePlugin(
  service: ServiceDefinition,
  handlers: Readonly<Record<string, Handler>>,
  more: UntypedServiceImplementation = {},
): void {
  const server = new Server({
    "grpc.max_receive_message_length": largest,
    "grpc.max_send_message_length": largest,
  });
  const implementation: UntypedServiceImplementation = { ...more };
  for (const [name, handler] of Object.entries(handlers)) implementation[name] = unary(handler);
  server.addService(service, implementation);
  server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${port}\n`);
  });
}

function unary(handler: Handler): UntypedHandleCall {
  const handle: handleUnaryCall<never, unknown> = (call, answer) => {
    new Promise((resolve) => {
      resolve(handler(call.request));
    }).then(
      (response) => answer(null, response),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        answer({ code: status.UNKNOWN, message, details: message });
      },
    );
  };
  // The service definition gives a request its type; here it is any of them.
  return handle as UntypedHandleCall;
}

/** Messages to the user, through the engine. */
import { credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb.js";

/** Writes lines under a resource. */
export class EngineLog {
  readonly #engine: EngineClient | undefined;

  /** @param address - where the engine listens; without one nothing is written. */
  constructor(address: string | undefined) {
    if (address !== undefined)
      this.#engine = new EngineClient(address, credentials.createInsecure());
  }

  /** A line that stays in the output. */
  async write(urn: string, severity: "info" | "warning", message: string): Promise<void> {
    const request = new LogRequest();
    request.setUrn(urn);
    request.setMessage(message);
    request.setSeverity(severity === "info" ? LogSeverity.INFO : LogSeverity.WARNING);
    await new Promise<void>((resolve) => {
      if (this.#engine === undefined) resolve();
      else this.#engine.log(request, () => resolve());
    });
  }
}

import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { finished } from "node:stream/promises";

/** How a program is run. */
export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** All output goes here, after the command line. */
  readonly log: string;
  /** What the error says was being done, as in `build kwok`. */
  readonly purpose: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a program to its end, quietly and with lowered priority.
 * @returns its standard output
 * @throws Error with the last lines of output and the path of the log when it fails
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<Buffer> {
  options.signal?.throwIfAborted();
  mkdirSync(path.dirname(options.log), { recursive: true });
  const log = createWriteStream(options.log, { flags: "a" });
  log.write(`$ ${[program, ...args].join(" ")}\n`);
  const output: Buffer[] = [];
  const child = spawn("nice", ["-n", "5", program, ...args], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => log.write(chunk));
  let failure: Error | undefined;
  child.on("error", (error) => (failure = error));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code !== 0) log.write(Buffer.concat(output));
  log.end();
  await finished(log);
  options.signal?.throwIfAborted();
  if (code === 0) return Buffer.concat(output);
  const lines = readFileSync(options.log, "utf8").trimEnd().split("\n").slice(-15);
  const tail = lines.map((line) => `  ${line}`).join("\n");
  throw new Error(
    `Cannot ${options.purpose}. The last lines were:\n${tail}\nThe whole log is ${options.log}.`,
    { cause: failure },
  );
}

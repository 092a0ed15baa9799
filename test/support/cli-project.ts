/** A Pulumi project on disk that the real CLI runs, as a user would. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pulumiEnvironment } from "../../lab/pulumi.js";
import { shortProcesses } from "./short-processes.js";

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project with a stack `test`. */
export interface CliProject {
  readonly directory: string;
  /** Where `index.ts` is. */
  readonly program: string;
  readonly env: NodeJS.ProcessEnv;
  /** Replaces `index.ts`. */
  write(program: string): void;
  /** Runs `pulumi` with these arguments to its end. */
  pulumi(...args: string[]): Promise<CommandResult>;
  /** Starts `pulumi` and leaves it running; the caller ends it. */
  start(...args: string[]): ChildProcess;
  /** Removes everything. */
  dispose(): void;
}

/** Makes a project in TypeScript with the checkout's packages. @param runtimeOptions - for `Pulumi.yaml` */
export async function cliProject(runtimeOptions: object = {}): Promise<CliProject> {
  const directory = mkdtempSync(path.join(tmpdir(), "flux-fleet-project-"));
  const program = path.join(directory, "program");
  mkdirSync(program);
  const pulumi = await pulumiEnvironment(path.join(directory, "pulumi"));
  const env = { ...process.env, ...shortProcesses, ...pulumi };
  const file = (name: string, content: object): void =>
    writeFileSync(path.join(program, name), JSON.stringify(content));
  file("Pulumi.yaml", { name: "cli-test", runtime: { name: "nodejs", options: runtimeOptions } });
  file("package.json", { name: "cli-test", main: "index.ts" });
  file("tsconfig.json", { compilerOptions: { strict: true } });
  const checkout = path.join(__dirname, "..", "..");
  symlinkSync(path.join(checkout, "node_modules"), path.join(program, "node_modules"));
  const start = (...args: string[]): ChildProcess =>
    spawn("pulumi", [...args, "--non-interactive", "--color=never"], { cwd: program, env });
  const run = (...args: string[]): Promise<CommandResult> => {
    const child = start(...args);
    const output = { stdout: "", stderr: "" };
    child.stdout?.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()));
    return new Promise((resolve, reject) => {
      child.on("error", reject).on("close", (code) => resolve({ code, ...output }));
    });
  };
  const made = await run("stack", "init", "test");
  if (made.code !== 0) throw new Error(made.stderr);
  return {
    directory,
    program,
    env,
    write: (text) => writeFileSync(path.join(program, "index.ts"), text),
    pulumi: run,
    start,
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
}

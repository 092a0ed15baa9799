/** `up` of a fleet in a process of its own, which a test may kill. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation";
import { Fleet } from "../../index.js";
import type { FleetArgs } from "../../index.js";
import { cliRoot } from "../../lab/pulumi.js";
import type { InlineStack } from "./engine.js";

/** A running `up`. */
export interface FleetProcess {
  readonly pid: number | undefined;
  /** Exit code and everything printed; the last line is the commit. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
}

interface Job {
  readonly directory: string;
  readonly workDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly owner: string;
  readonly args: FleetArgs;
}

const loader = path.join(__dirname, "../../scripts/load-typescript.cjs");

/** Runs `up` of a Fleet of plain data on a stack that exists. */
export function runFleet(stack: InlineStack, owner: string, args: FleetArgs): FleetProcess {
  const { directory, env } = stack;
  const job: Job = { directory, workDir: stack.stack.workspace.workDir, env, owner, args };
  const child = spawn(process.execPath, ["--require", loader, __filename, JSON.stringify(job)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  const ended = once(child, "close").then(() => ({ code: child.exitCode, output }));
  return { pid: child.pid, ended };
}

async function up({ directory, workDir, env, owner, args }: Job): Promise<void> {
  const stack = await LocalWorkspace.selectStack(
    {
      stackName: "test",
      projectName: "engine-test",
      program: () => Promise.resolve({ commit: new Fleet(owner, args).commit }),
    },
    { workDir, envVars: env, pulumiCommand: await PulumiCommand.get({ root: cliRoot(directory) }) },
  );
  const { outputs } = await stack.up();
  console.log(outputs["commit"]?.value);
}

const [, script, job] = process.argv;
if (script === __filename && job !== undefined) {
  up(JSON.parse(job) as Job).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}

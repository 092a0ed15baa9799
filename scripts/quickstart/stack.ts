import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation";
import type { PulumiFn, Stack } from "@pulumi/pulumi/automation";
import { cliRoot } from "../../lab/pulumi.js";
import { EngineReport } from "./engine-report.js";
import type { ConfigValue, Place } from "./place.js";

const project = "quickstart";
const stackName = "quickstart";
const example = path.join(__dirname, "..", "..", "examples", "quickstart");

/** The example's stack on the real engine. */
export interface QuickstartStack {
  /** Where the stack's settings are, for the CLI. */
  readonly directory: string;
  configure(values: readonly ConfigValue[]): Promise<void>;
  /** Prints what would change, as `pulumi preview` does. */
  preview(): Promise<void>;
  /** Applies with live progress. @returns the output `commit` */
  up(): Promise<string>;
}

/**
 * Makes the stack of `examples/quickstart`: its program runs in this process, driven by the engine.
 * @param signal - cancels a running operation, and a second time for good
 */
export async function openStack(place: Place, signal: AbortSignal): Promise<QuickstartStack> {
  const directory = path.join(place.directory, "project");
  mkdirSync(directory, { recursive: true });
  const envVars = { ...place.environment };
  const stack = await LocalWorkspace.createStack(
    { stackName, projectName: project, program: freshly(path.join(example, "index.ts")) },
    {
      workDir: directory,
      pulumiCommand: await PulumiCommand.get({ root: cliRoot(place.directory) }),
      envVars,
      projectSettings: { name: project, runtime: "nodejs", main: example },
    },
  );
  return {
    directory,
    async configure(values) {
      const plain = values.filter(({ secret }) => secret !== true);
      await stack.setAllConfig(Object.fromEntries(plain.map((one) => [one.key, one])));
      for (const one of values) {
        if (one.secret === true) await setSecret(one, directory, envVars, signal);
      }
    },
    preview: async () => {
      await reported(stack, "preview", signal);
    },
    up: () => reported(stack, "up", signal),
  };
}

async function reported(
  stack: Stack,
  operation: "preview" | "up",
  signal: AbortSignal,
): Promise<string> {
  const report = new EngineReport(operation);
  const options = { color: "never", signal, onEvent: report.take } as const;
  try {
    if (operation === "preview") {
      await stack.preview(options);
      return "";
    }
    const { outputs } = await stack.up(options);
    return String(outputs["commit"]?.value);
  } catch (error) {
    if (signal.aborted) throw error;
    // The engine's own words, which the report collected, say more than the command's.
    throw report.problems === "" ? error : new Error(report.problems, { cause: error });
  } finally {
    report.finish();
  }
}

/**
 * The program, evaluated anew for every operation: without that the second one finds its modules
 * loaded, registers nothing, and the engine deletes everything.
 */
function freshly(entry: string): PulumiFn {
  return () => {
    const folder = path.dirname(entry) + path.sep;
    for (const loaded of Object.keys(require.cache)) {
      // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the only way to load a module again
      if (loaded.startsWith(folder)) delete require.cache[loaded];
    }
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- `import` would find the cached module
    return Promise.resolve(require(entry) as Record<string, unknown>);
  };
}

/** The Automation API hands values over on the command line, where other processes can read them. */
async function setSecret(
  { key, value }: ConfigValue,
  cwd: string,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> {
  const args = ["config", "set", "--secret", "--stack", stackName, key, "--non-interactive"];
  const env = { ...process.env, ...environment };
  const child = spawn("pulumi", args, { cwd, env, signal, stdio: ["pipe", "ignore", "pipe"] });
  let problem = "";
  child.stderr.on("data", (chunk: Buffer) => (problem += chunk.toString()));
  child.stdin.on("error", () => undefined); // it ended without reading
  child.stdin.end(value);
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  if (code !== 0) throw new Error(`pulumi config set ${key}: ${problem.trim()}`);
}

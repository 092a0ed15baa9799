/**
 * The real Pulumi engine for tests: inline programs through the Automation API.
 *
 * Each stack has its own directory under the system's temporary folder with Pulumi home, state and
 * passphrase, so test files may run at the same time. Within one process operations run one after
 * the other: a rejected promise that a program leaves behind counts against every running program.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { LocalWorkspace, PulumiCommand } from "@pulumi/pulumi/automation";
import type { ConfigMap, EngineEvent, OutputMap, PulumiFn, Stack } from "@pulumi/pulumi/automation";
import { cliRoot, pulumiEnvironment } from "../../lab/pulumi.js";
import { shortProcesses } from "./short-processes.js";

/** One inline program and its stack. */
export interface InlineStackOptions {
  readonly program: PulumiFn;
  /** @default "test" */
  readonly name?: string;
  /** @default "engine-test" */
  readonly project?: string;
  readonly config?: ConfigMap;
  /** Added to the engine's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What one operation did. */
export interface OperationResult {
  readonly outputs: OutputMap;
  /** How many resources per kind of step: `create`, `update`, `same`, `replace`, `delete`, ... */
  readonly changeSummary: Readonly<Record<string, number>>;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly EngineEvent[];
  /** Text of all warnings and errors the engine reported, one per line. */
  readonly problems: string;
}

/** An operation that ended non-zero. */
export class OperationError extends Error {
  constructor(
    readonly result: OperationResult,
    cause: unknown,
  ) {
    super(`${result.problems}\n${result.stderr}`, { cause });
  }
}

/** Settings of one operation. */
export interface OperationOptions {
  /** Refreshes first. */
  readonly refresh?: boolean;
  /** Shows the detailed differences in `stdout`. */
  readonly diff?: boolean;
  /** Only these URNs. */
  readonly target?: string[];
  /** File of a saved plan: a preview writes it, `up` keeps to it. */
  readonly plan?: string;
  /** How much the engine logs, to `stderr` if told so. */
  readonly logVerbosity?: number;
  readonly logToStdErr?: boolean;
  /** Where the engine writes its trace, `file:…`. */
  readonly tracing?: string;
}

/** One resource of the state. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** A stack of the real engine. Operations throw {@link OperationError}. */
export interface InlineStack {
  /** Everything of this stack is in here. */
  readonly directory: string;
  /** Environment to run the CLI on the same stack. */
  readonly env: Readonly<Record<string, string>>;
  /** The Automation API's own object, for what is not wrapped here. */
  readonly stack: Stack;
  /** Replaces the program, as a user edits it between two runs. */
  setProgram(program: PulumiFn): void;
  preview(options?: OperationOptions): Promise<OperationResult>;
  up(options?: OperationOptions): Promise<OperationResult>;
  refresh(): Promise<OperationResult>;
  destroy(): Promise<OperationResult>;
  /** Resources of the state, without the stack itself. */
  resources(): readonly StateResource[];
  /** The state file as text, secrets encrypted; `undefined` before the first `up`. */
  export(): string | undefined;
  /** Every file the engine wrote for this stack, history and backups included, one after the other. */
  everythingStored(): string;
  /** Removes the directory; resources in clusters stay. */
  dispose(): void;
}

let last: Promise<unknown> = Promise.resolve();

/** Makes an empty stack with its own directory; call `dispose` at the end. */
export async function inlineStack(options: InlineStackOptions): Promise<InlineStack> {
  const { name = "test", project = "engine-test" } = options;
  const directory = mkdtempSync(path.join(tmpdir(), "flux-fleet-engine-"));
  let program = options.program;
  const env = { ...shortProcesses, ...(await pulumiEnvironment(directory)), ...options.env };
  const stack = await LocalWorkspace.createStack(
    { stackName: name, projectName: project, program: () => program() },
    {
      workDir: mkdtempSync(path.join(directory, "project-")),
      pulumiCommand: await PulumiCommand.get({ root: cliRoot(directory) }),
      envVars: env,
      projectSettings: { name: project, runtime: "nodejs", main: process.cwd() },
    },
  );
  if (options.config !== undefined) await stack.setAllConfig(options.config);
  // Saves one start of the CLI per operation: results here come from the events, not from the history.
  stack.info = () => Promise.resolve(undefined);
  const state = path.join(directory, "state", ".pulumi");
  // Two more starts per `up`, which only decrypting needs.
  const askEngine = stack.outputs.bind(stack);
  stack.outputs = () => {
    const outputs = plainOutputs(stored());
    return outputs === undefined ? askEngine() : Promise.resolve(outputs);
  };
  const stored = (): string | undefined => {
    const file = path.join(state, "stacks", project, `${name}.json`);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  };
  const run = (
    operation: (shared: Shared) => Promise<{ stdout: string; stderr: string; outputs?: OutputMap }>,
  ): Promise<OperationResult> => inTurn(() => recorded(operation));
  return {
    directory,
    env,
    stack,
    setProgram(next) {
      program = next;
    },
    preview: (settings) => run((shared) => stack.preview({ ...settings, ...shared })),
    up: (settings) => run((shared) => stack.up({ ...settings, ...shared })),
    refresh: () => run((shared) => stack.refresh(shared)),
    destroy: () => run((shared) => stack.destroy(shared)),
    resources() {
      const file = JSON.parse(stored() ?? "{}") as StateFile;
      const all = file.checkpoint?.latest?.resources ?? [];
      return all.filter(({ type }) => type !== "pulumi:pulumi:Stack");
    },
    export: stored,
    everythingStored: () =>
      readdirSync(state, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8"))
        .join("\n"),
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/**
 * A program file as an inline program that is evaluated anew for every operation: without that the
 * second operation finds the modules loaded, registers nothing, and deletes everything.
 * Its exports become outputs; a default export that is a function is called.
 */
export function loadProgram(file: string): PulumiFn {
  const entry = path.resolve(file);
  return async () => {
    const folder = path.dirname(entry) + path.sep;
    for (const loaded of Object.keys(require.cache)) {
      if (loaded.startsWith(folder) && !loaded.slice(folder.length).includes("node_modules")) {
        // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the only way to load a module again
        delete require.cache[loaded];
      }
    }
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- `import` would find the cached module
    const { default: start, ...outputs } = require(entry) as ProgramModule;
    return { ...outputs, ...(await start?.()) };
  };
}

/** Runs an operation that must fail and returns what it said. */
export async function failure(operation: Promise<OperationResult>): Promise<OperationResult> {
  try {
    await operation;
  } catch (error) {
    if (error instanceof OperationError) return error.result;
    throw error;
  }
  assert.fail("the operation succeeded");
}

/** Asserts that a secret stands in none of the texts, neither as it is nor in base64. */
export function assertNoCanary(canary: string, ...texts: readonly string[]): void {
  const base64 = Buffer.from(canary).toString("base64").replace(/=+$/, "");
  for (const text of texts) {
    for (const form of [canary, base64, JSON.stringify(canary).slice(1, -1)]) {
      assert.ok(!text.includes(form), `the secret is readable: ${around(text, form, canary)}`);
    }
  }
}

interface StateFile {
  readonly checkpoint?: { readonly latest?: { readonly resources?: readonly StateResource[] } };
}

/** The stack's outputs in a state file; `undefined` when one of them is encrypted. */
function plainOutputs(file: string | undefined): OutputMap | undefined {
  const { checkpoint } = JSON.parse(file ?? "{}") as StateFile;
  const stack = checkpoint?.latest?.resources?.find(({ type }) => type === "pulumi:pulumi:Stack");
  const outputs = stack?.outputs ?? {};
  if (JSON.stringify(outputs).includes(encryptedMark)) return undefined;
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => [name, { value, secret: false }]),
  );
}

/** The key by which the engine tells an encrypted value in its state. */
const encryptedMark = "4dabf18193072939515e22adb298388d";

interface ProgramModule {
  readonly default?: PulumiFn;
  readonly [output: string]: unknown;
}

interface Shared {
  readonly onOutput: (text: string) => void;
  readonly onError: (text: string) => void;
  readonly onEvent: (event: EngineEvent) => void;
  readonly color: "never";
}

async function recorded(
  operation: (shared: Shared) => Promise<{ outputs?: OutputMap }>,
): Promise<OperationResult> {
  const events: EngineEvent[] = [];
  const output: string[] = [];
  const errors: string[] = [];
  const finished = (outputs: OutputMap): OperationResult => ({
    outputs,
    changeSummary:
      events.findLast((event) => event.summaryEvent)?.summaryEvent?.resourceChanges ?? {},
    stdout: output.join(""),
    stderr: errors.join(""),
    events,
    problems: events.map(problemOf).join(""),
  });
  const shared: Shared = {
    onOutput: (text) => output.push(text),
    onError: (text) => errors.push(text),
    // Debug messages of the SDK hold plain values; nobody sees them without `--debug`.
    onEvent: (event) => {
      const severity: string | undefined = event.diagnosticEvent?.severity;
      if (severity !== "debug") events.push(event);
    },
    color: "never",
  };
  const listen = letSdkHandleRejections();
  try {
    const { outputs = {} } = await operation(shared);
    return finished(outputs);
  } catch (error) {
    throw new OperationError(finished({}), error);
  } finally {
    await new Promise(setImmediate);
    listen();
  }
}

/**
 * A program that throws leaves rejected promises behind, which the SDK collects and reports as the
 * failure of the operation; the test runner must not take them for failures of a test as well.
 * @returns what gives the test runner its listeners back
 */
function letSdkHandleRejections(): () => void {
  const runner = process.listeners("unhandledRejection");
  const ignore = (): void => undefined;
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", ignore);
  return () => {
    process.off("unhandledRejection", ignore);
    for (const listener of runner) process.on("unhandledRejection", listener);
  };
}

function problemOf({ diagnosticEvent }: EngineEvent): string {
  if (diagnosticEvent === undefined || diagnosticEvent.ephemeral === true) return "";
  const { message, severity } = diagnosticEvent;
  return severity === "warning" || severity === "error" ? `${severity}: ${message.trim()}\n` : "";
}

function inTurn<T>(operation: () => Promise<T>): Promise<T> {
  const turn = last.then(operation, operation);
  last = turn.catch(() => undefined);
  return turn;
}

function around(text: string, form: string, canary: string): string {
  const index = text.indexOf(form);
  return text
    .slice(Math.max(0, index - 80), index + form.length + 20)
    .replaceAll(form, `<${canary.length} characters>`);
}

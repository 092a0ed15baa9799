/** Runs a Pulumi program in its own Node process. */
import { spawn, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { RunResponse, type RunRequest } from "@pulumi/pulumi/proto/language_pb.js";

/** The exit code by which the SDK says that it has told the user everything already. */
const reported = 32;

let running: ChildProcess | undefined;

/** Runs the program to its end. */
export async function runProgram(request: RunRequest, engine: string): Promise<RunResponse> {
  const response = new RunResponse();
  const code = await exitCode(request, engine);
  if (code === reported) response.setBail(true);
  else if (code !== 0) response.setError(`Program exited with non-zero exit code: ${code}`);
  return response;
}

/** Ends a running program and what it started, at once. */
export function stopProgram(): void {
  if (running?.pid === undefined) return;
  try {
    process.kill(-running.pid, "SIGKILL");
  } catch {
    // It ended in the meantime.
  }
}

function exitCode(request: RunRequest, engine: string): Promise<number | string> {
  const folder = request.getInfo()?.getProgramDirectory() ?? request.getPwd();
  const resolve = createRequire(path.join(folder, "program.js")).resolve;
  const options = request.getInfo()?.getOptions()?.toJavaScript() ?? {};
  const nodeArgs = typeof options["nodeargs"] === "string" ? options["nodeargs"].split(/\s+/) : [];
  // The official host compiles with ts-node; tsx does not check types and needs no second compiler.
  const loader =
    options["typescript"] === false ? [] : ["--import", pathToFileURL(resolve("tsx")).href];
  const script = resolve("@pulumi/pulumi/cmd/run");
  const args = [
    ...nodeArgs.filter((arg) => arg !== ""),
    ...loader,
    script,
    ...flags(request, engine),
  ];
  return new Promise((settle) => {
    const child = spawn(process.execPath, args, {
      cwd: request.getPwd(),
      env: environment(request),
      stdio: ["ignore", "inherit", "inherit"],
      detached: true,
    });
    running = child;
    child.on("error", (error) => settle(error.message));
    child.on("exit", (code, signal) => {
      running = undefined;
      settle(code ?? signal ?? "unknown");
    });
  });
}

function flags(request: RunRequest, engine: string): string[] {
  const named: Record<string, string> = {
    monitor: request.getMonitorAddress(),
    engine,
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    "root-directory": request.getInfo()?.getRootDirectory() ?? "",
    pwd: request.getPwd(),
    parallel: String(request.getParallel()),
  };
  const given = Object.entries(named).filter(([, value]) => value !== "");
  const entry = request.getInfo()?.getEntryPoint() ?? request.getProgram();
  return [
    ...given.map(([flag, value]) => `--${flag}=${value}`),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    entry === "" ? "." : entry,
    ...request.getArgsList(),
  ];
}

function environment(request: RunRequest): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().toObject())),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
  };
}

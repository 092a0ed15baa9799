import path from "node:path";
import { parseArgs } from "node:util";
import { attachLab, endLab, labVariable, startLab } from "./index.js";
import { buildParts, partPath, partStatuses, type PartName } from "./parts/index.js";
import { clusterParts, describePlan } from "./plan.js";
import { readState, runningLabs, stateFile, type LabState } from "./state.js";

const usage = `Usage: npm run lab -- <command>

  build               build every part that is missing
  up [--clusters N]   start a lab (default 2 clusters and a Git server) that runs until "down"
  status              show which parts are built and which labs run
  down                end every lab that "up" started
  env                 print what to put into a shell's environment: eval "$(npm run -s lab -- env)"
`;

async function main(args: readonly string[]): Promise<number> {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      clusters: { type: "string", default: "2" },
      help: { type: "boolean", default: false },
    },
  });
  const [command, ...rest] = positionals;
  if (values.help) return print(usage);
  if (rest.length > 0)
    return misuse(`There is one command at a time, not "${positionals.join(" ")}".`);
  switch (command) {
    case "build":
      return build("all");
    case "up":
      return up(values.clusters);
    case "status":
      return status();
    case "down":
      return down();
    case "env":
      return environment();
    case undefined:
      return misuse("There is no command.");
    default:
      return misuse(`There is no command "${command}".`);
  }
}

async function build(names: readonly PartName[] | "all"): Promise<number> {
  const statuses = partStatuses(names === "all" ? undefined : names);
  print(`${describePlan(statuses).join("\n")}\n`);
  await buildParts(names, { onProgress: (line) => void print(`${line}\n`) });
  return 0;
}

async function up(clusters: string): Promise<number> {
  const count = Number(clusters);
  if (!Number.isInteger(count) || count < 1 || count > 20) {
    return misuse(`--clusters takes a whole number from 1 to 20, not "${clusters}".`);
  }
  if (detachedLabs().length > 0) {
    print('A lab runs already; end it with "npm run lab -- down" first.\n\n');
    await status();
    return 1;
  }
  if (partStatuses(clusterParts).some(({ present }) => !present)) await build(clusterParts);
  const started = performance.now();
  const onProgress = (line: string): void => void print(`${line}\n`);
  const lab = await startLab({ clusters: count, detached: true, onProgress });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  return print(`\nThe lab is up after ${seconds} s.\n${describeLab(readState(lab.stateFile))}
For your shell:  eval "$(npm run -s lab -- env)"
To end it:       npm run lab -- down
`);
}

async function status(): Promise<number> {
  print(`${describePlan().join("\n")}\n\n`);
  const labs = runningLabs();
  if (labs.length === 0) return print("No lab runs.\n");
  for (const state of labs) {
    const owner = state.detached ? 'runs until "down"' : "ends with the process that started it";
    print(`Lab of process ${String(state.guardian)}, since ${state.startedAt}, ${owner}\n`);
    const lab = attachLab(stateFile(state.directory));
    print(describeLab(state));
    for (const cluster of lab.clusters) {
      const running = (await cluster.programs()).filter(({ pid }) => pid !== undefined);
      const names = running.map(({ program, pid }) => `${program} (${String(pid)})`).sort();
      print(`  ${cluster.name} runs ${names.length === 0 ? "no controller" : names.join(", ")}\n`);
      cluster.api.close();
    }
  }
  return 0;
}

async function down(): Promise<number> {
  const labs = detachedLabs();
  for (const state of labs) {
    await endLab(state);
    print(`Ended the lab in ${state.directory}.\n`);
  }
  return labs.length > 0 ? 0 : print("No lab runs.\n");
}

async function environment(): Promise<number> {
  const state = detachedLabs().at(-1);
  if (state === undefined) {
    process.stderr.write('No lab runs. Start one with "npm run lab -- up".\n');
    return 1;
  }
  const lab = attachLab(stateFile(state.directory));
  const folders = partStatuses()
    .filter(({ present }) => present)
    .map(({ name }) => path.dirname(partPath(name)));
  const pulumi = await lab.pulumi.env();
  const variables: Readonly<Record<string, string>> = {
    ...pulumi,
    [labVariable]: lab.stateFile,
    KUBECONFIG: lab.clusters.map(({ kubeconfigFile }) => kubeconfigFile).join(path.delimiter),
    PATH: [...folders, pulumi["PATH"] ?? ""].join(path.delimiter),
  };
  const lines = Object.entries(variables).map(
    ([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
  );
  return print(`${lines.join("\n")}\n`);
}

function describeLab({ clusters, directory, git }: LabState): string {
  const rows = [
    ["files", directory],
    ["git", git === undefined ? "none" : `${git.url}/<name>.git`],
    ...clusters.map(({ access, kubeconfigFile, name }) => [
      name,
      `${access.server}  kubeconfig ${kubeconfigFile}`,
    ]),
  ];
  const width = Math.max(...rows.map(([title = ""]) => title.length));
  return rows.map(([title = "", text = ""]) => `  ${title.padEnd(width)}  ${text}\n`).join("");
}

function detachedLabs(): readonly LabState[] {
  return runningLabs().filter(({ detached }) => detached);
}

function misuse(problem: string): number {
  process.stderr.write(`${problem}\n\n${usage}`);
  return 2;
}

/** Writes to standard output; answers 0, the exit code of a command that ends with a word. */
function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

// A reader such as `head` may have had enough.
process.stdout.on("error", () => process.exit());

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);

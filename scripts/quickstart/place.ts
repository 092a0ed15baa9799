import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gitRepositories } from "../../lab/git-repositories.js";
import { startLab } from "../../lab/index.js";
import { pulumiEnvironment } from "../../lab/pulumi.js";
import { claim, labPrefix, removeDeadLabs } from "../../lab/state.js";
import type { Remote } from "../../repository/index.js";
import type { Existing, Setting } from "./arguments.js";
import { exampleAddress } from "./declaration.js";
import { fitted, heading, print, seconds } from "./screen.js";

/** A value of the stack's configuration. */
export interface ConfigValue {
  readonly key: string;
  readonly value: string;
  readonly secret?: true;
}

/** Where the story takes place, ready for the program. */
export interface Place {
  /** For the stack's project and state; goes with the place. */
  readonly directory: string;
  /** For the Pulumi CLI. */
  readonly environment: Readonly<Record<string, string>>;
  /** What `examples/quickstart/index.ts` reads. */
  readonly config: readonly ConfigValue[];
  /** Clusters that can be asked. */
  readonly clusters: readonly { readonly name: string; readonly kubeconfig: string }[];
  /** The fleet repository and the tenant's, as this machine reaches them. */
  readonly fleetRepository: Remote;
  readonly application: Remote | undefined;
  /** What someone needs to look around, once the story is told. */
  readonly leftovers: readonly string[];
  end(): Promise<void>;
}

/** The clusters of `examples/quickstart`, each with the key of its kubeconfig. */
const clusterKeys = {
  "eu-west-1": "kubeconfigEuWest1",
  "eu-central-1": "kubeconfigEuCentral1",
} as const;
const clusterNames = Object.keys(clusterKeys) as readonly (keyof typeof clusterKeys)[];

const example = path.join(__dirname, "..", "..", "examples", "quickstart");

/** Starts or opens what the setting names. Only what it started itself ends with `end`. */
export async function openPlace(
  setting: Setting,
  keep: boolean,
  signal: AbortSignal,
): Promise<Place> {
  switch (setting.kind) {
    case "lab":
      return openLab(keep, signal);
    case "no-cluster":
      return openFolder(keep);
    case "existing":
      return openExisting(setting);
  }
}

async function openLab(keep: boolean, signal: AbortSignal): Promise<Place> {
  heading("Two clusters and a Git server on this machine");
  const started = performance.now();
  const say = (line: string): void => print(fitted(`${seconds(started)}  ${line}`));
  const lab = await startLab({ clusters: clusterNames, detached: keep, onProgress: say });
  try {
    signal.throwIfAborted();
    const { git } = lab;
    await git.createRepository("fleet-infra");
    await git.createRepository("payments-app", { files: applicationFiles() });
    say(`repositories fleet-infra (empty) and payments-app at ${git.url("<name>")}`);
    const { reader, writer } = git;
    const remote = (repository: string): Remote => ({
      url: git.url(repository),
      branch: "main",
      credentials: { token: writer.token, username: writer.username, ca: git.ca },
    });
    const directory = path.join(lab.directory, "pulumi"); // where `env` keeps the engine's files
    return {
      directory,
      environment: await lab.pulumi.env(),
      config: [
        { key: "repository", value: git.url("fleet-infra") },
        { key: "paymentsApplication", value: git.url("payments-app") },
        { key: "gitCa", value: git.ca },
        { key: "gitPushUser", value: writer.username },
        { key: "gitReadUser", value: reader.username },
        { key: "gitPushToken", value: writer.token, secret: true },
        { key: "gitReadToken", value: reader.token, secret: true },
        ...lab.clusters.map(({ name, kubeconfig }) => kubeconfigValue(name, kubeconfig)),
      ],
      clusters: lab.clusters,
      fleetRepository: remote("fleet-infra"),
      application: remote("payments-app"),
      leftovers: [
        'eval "$(npm run -s lab -- env)"      # KUBECONFIG, PULUMI_* and PATH for this shell',
        "npm run lab -- status                # processes, addresses, files",
        ...lab.clusters.map(({ kubeconfigFile }) => `export KUBECONFIG=${kubeconfigFile}`),
        `git -C ${git.bareDirectory("fleet-infra")} log -p`,
        "cd examples/quickstart",
        `pulumi preview -s quickstart --config-file ${directory}/project/Pulumi.quickstart.yaml`,
        "npm run lab -- down                  # ends everything and removes it",
      ],
      end: () => lab.stop(),
    };
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

/** A bare repository in a folder, and no cluster at all. */
async function openFolder(keep: boolean): Promise<Place> {
  heading("A Git repository in a local folder");
  const directory = scratch(keep);
  const root = path.join(directory, "git");
  mkdirSync(root);
  const git = gitRepositories(root);
  await git.createRepository("fleet-infra");
  const pushUrl = `file://${git.bareDirectory("fleet-infra")}`;
  print(pushUrl); // whole, however long, so that it can be copied
  return {
    directory,
    environment: await pulumiEnvironment(directory),
    config: [
      { key: "repository", value: exampleAddress("fleet-infra") },
      { key: "paymentsApplication", value: exampleAddress("payments-app") },
      { key: "pushUrl", value: pushUrl },
    ],
    clusters: [],
    fleetRepository: { url: pushUrl, branch: "main" },
    application: undefined,
    leftovers: [
      `git -C ${git.bareDirectory("fleet-infra")} log -p`,
      `rm -r ${directory}   # removes it`,
    ],
    end: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Clusters and a Git server that are there already, and stay. */
async function openExisting(existing: Existing): Promise<Place> {
  heading("The clusters and the Git server that exist");
  const { repository, application, token, user } = existing;
  const ca = existing.ca === undefined ? undefined : readFileSync(existing.ca, "utf8");
  const clusters = existing.kubeconfigs.map((file, index) => {
    const name = clusterNames[index] ?? ""; // at most two were taken
    print(fitted(`${name.padEnd(12)}  ${file}`));
    return { name, kubeconfig: readFileSync(file, "utf8") };
  });
  for (const name of clusterNames.slice(clusters.length)) {
    print(`${name.padEnd(12)}  no kubeconfig: its files are committed, nothing is installed`);
  }
  const remote = (url: string): Remote => ({
    url,
    branch: "main",
    credentials: { token, username: user, ...(ca === undefined ? {} : { ca }) },
  });
  const directory = scratch(false);
  return {
    directory,
    environment: await pulumiEnvironment(directory),
    config: [
      { key: "repository", value: repository },
      { key: "paymentsApplication", value: application },
      ...(ca === undefined ? [] : [{ key: "gitCa", value: ca }]),
      { key: "gitPushUser", value: user },
      { key: "gitReadUser", value: user },
      { key: "gitPushToken", value: token, secret: true },
      { key: "gitReadToken", value: token, secret: true },
      ...clusters.map(({ name, kubeconfig }) => kubeconfigValue(name, kubeconfig)),
    ],
    clusters,
    fleetRepository: remote(repository),
    application: remote(application),
    leftovers: [],
    end: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A folder that goes with this process, at the latest when a lab starts after a killed one. */
function scratch(keep: boolean): string {
  if (keep) return mkdtempSync(path.join(tmpdir(), "flux-fleet-quickstart-"));
  removeDeadLabs();
  const directory = mkdtempSync(labPrefix());
  claim(directory);
  return directory;
}

function kubeconfigValue(cluster: string, kubeconfig: string): ConfigValue {
  const key = clusterKeys[cluster as keyof typeof clusterKeys]; // the lab was asked for these names
  return { key, value: kubeconfig, secret: true };
}

/** What the tenant's team has in its own repository. */
function applicationFiles(): Readonly<Record<string, string>> {
  const root = path.join(example, "payments-app");
  const names = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ name, parentPath }) => {
      const file = path.join(parentPath, name);
      return [path.relative(root, file), readFileSync(file, "utf8")];
    }),
  );
}

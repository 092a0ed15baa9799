import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import kubernetesPackage from "@pulumi/kubernetes/package.json";
import { labHome, partPath, partVersion } from "./parts/index.js";
import { bundledPlugin, writeLauncher } from "./plugin-bundle.js";

/** Which `pulumi-resource-kubernetes` a run uses. */
export interface KubernetesPlugin {
  readonly kind: "official" | "stand-in";
  /** The executable. Absent for the stand-in: it is made per environment. */
  readonly path?: string;
  /** The one line to print about the choice. */
  readonly line: string;
}

/** Which `pulumi-language-nodejs` a run uses. */
export interface LanguageHost {
  readonly kind: "official" | "stand-in";
  /** The one line to print about the choice. */
  readonly line: string;
}

const kubernetesVersion = kubernetesPackage.version;
const executable = "pulumi-resource-kubernetes";
const hostExecutable = "pulumi-language-nodejs";
/** How long a failed download is remembered, in milliseconds. */
const memory = 24 * 60 * 60 * 1000;

/**
 * The official Kubernetes plugin when it is on PATH, installed in the user's Pulumi home, or can be
 * downloaded; else the lab's stand-in. A download is tried at most once a day per lab home, and not
 * at all with `PULUMI_FLUX_FLEET_TRY_DOWNLOAD=false`.
 */
export async function kubernetesPlugin(): Promise<KubernetesPlugin> {
  const onPath = findOnPath(executable);
  if (onPath !== undefined) return official(onPath, "from PATH");
  const userHome = process.env["PULUMI_HOME"] ?? path.join(homedir(), ".pulumi");
  const installed = pluginIn(userHome);
  if (existsSync(installed)) return official(installed, "from the Pulumi home");
  const own = path.join(labHome(), "plugins", "official");
  if (existsSync(pluginIn(own)) || (await download(own)))
    return official(pluginIn(own), "downloaded");
  const line = "Kubernetes provider: lab stand-in (the official plugin is not installed)";
  return { kind: "stand-in", line };
}

/** The official language host when it is on PATH or beside the CLI, else the lab's stand-in. */
export function languageHost(): LanguageHost {
  const beside = path.join(path.dirname(partPath("pulumi")), hostExecutable);
  const isOfficial = findOnPath(hostExecutable) !== undefined || existsSync(beside);
  return isOfficial
    ? { kind: "official", line: "Language host: official" }
    : { kind: "stand-in", line: "Language host: lab stand-in (the official one is not installed)" };
}

/**
 * Environment of a real engine that keeps everything in one directory: Pulumi home with the plugins,
 * state (`file://` backend) and a random passphrase. Used again, a directory keeps its state and passphrase.
 * @throws Error when the Pulumi CLI is not built
 */
export async function pulumiEnvironment(
  directory: string,
): Promise<Readonly<Record<string, string>>> {
  const cli = path.join(cliRoot(directory), "bin");
  const home = path.join(directory, "home");
  const state = path.join(directory, "state");
  for (const folder of [cli, home, state]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  link(partPath("pulumi"), path.join(cli, "pulumi"));
  const kubernetes = await kubernetesPlugin();
  const folder = pluginFolder(home);
  if (kubernetes.path === undefined) {
    writeLauncher(folder, executable, bundledPlugin("kubernetes-provider"));
  } else {
    mkdirSync(folder, { recursive: true });
    link(kubernetes.path, path.join(folder, executable));
  }
  if (languageHost().kind === "stand-in") {
    const version = `language-nodejs-v${partVersion("pulumi")}`;
    writeLauncher(
      path.join(home, "plugins", version),
      hostExecutable,
      bundledPlugin("language-host"),
    );
  }
  return {
    PATH: [cli, process.env["PATH"] ?? ""].join(path.delimiter),
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase(path.join(directory, "passphrase")),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // A program that forgets its provider must not reach the user's own cluster.
    KUBECONFIG: path.join(directory, "no-ambient-kubeconfig"),
  };
}

/** The folder of an environment with `bin/pulumi`, as the Automation API's `PulumiCommand` wants it. */
export function cliRoot(directory: string): string {
  return path.join(directory, "cli");
}

function official(file: string, from: string): KubernetesPlugin {
  return { kind: "official", path: file, line: `Kubernetes provider: official plugin (${from})` };
}

/** Tries once; remembers a failure, because each attempt costs ten seconds where there is no network. */
async function download(home: string): Promise<boolean> {
  if (process.env["PULUMI_FLUX_FLEET_TRY_DOWNLOAD"] === "false") return false;
  const failed = path.join(home, `kubernetes-${kubernetesVersion}-not-downloadable`);
  if (existsSync(failed) && Date.now() - statSync(failed).mtimeMs < memory) return false;
  mkdirSync(home, { recursive: true });
  const args = ["plugin", "install", "resource", "kubernetes", kubernetesVersion];
  const env = { ...process.env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" };
  try {
    await promisify(execFile)(partPath("pulumi"), args, { env, timeout: 180_000 });
    return existsSync(pluginIn(home));
  } catch {
    writeFileSync(failed, "");
    return false;
  }
}

function pluginFolder(home: string): string {
  return path.join(home, "plugins", `resource-kubernetes-v${kubernetesVersion}`);
}

function pluginIn(home: string): string {
  return path.join(pluginFolder(home), executable);
}

function findOnPath(name: string): string | undefined {
  const candidates = (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .map((folder) => path.join(folder, name));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function link(target: string, file: string): void {
  if (!existsSync(target)) throw new Error(`${target} is missing. Run "npm run lab -- build".`);
  if (!existsSync(file)) symlinkSync(target, file);
}

function passphrase(file: string): string {
  if (!existsSync(file))
    writeFileSync(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
  return readFileSync(file, "utf8");
}

/** A fleet of clusters without kubeconfig on a repository of its own: the real engine and real git, no cluster. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { cluster, Fleet, gitSource, tenant } from "../../index.js";
import type { FleetArgs, TenantPart } from "../../index.js";
import { gitRepositories } from "../../lab/git-repositories.js";
import type { GitRepositories } from "../../lab/git-repositories.js";
import { inlineStack } from "./engine.js";
import type { InlineStack, OperationResult } from "./engine.js";

/** One stack, its program and its repository `fleet`. */
export interface FleetStack {
  readonly stack: InlineStack;
  readonly repositories: GitRepositories;
  /** `file://` address of the repository. */
  readonly url: string;
  /** What the program declares in the next operation. */
  declare(args: FleetArgs): void;
  /** Commits of a branch, newest first. @param branch - `main` unless told */
  commits(branch?: string): Promise<readonly string[]>;
  /** A second, empty stack of the same program and repository, as after the loss of the state. */
  withoutState(): Promise<FleetStack>;
}

/**
 * Makes a repository and a stack that declares {@link smallFleet} as "acme"; both are removed after
 * the test. @param files - what is in the repository before
 */
export async function fleetStack(
  t: TestContext,
  files: Readonly<Record<string, string>> = {},
): Promise<FleetStack> {
  const directory = temporaryDirectory(t);
  const repositories = gitRepositories(directory);
  await repositories.createRepository("fleet", { files });
  const url = `file://${repositories.bareDirectory("fleet")}`;
  let declared = smallFleet(url);
  const open = async (): Promise<FleetStack> => {
    const stack = await inlineStack({ program: () => Promise.resolve(acme(declared)) });
    t.after(() => {
      stack.dispose();
    });
    return {
      stack,
      repositories,
      url,
      declare: (next) => (declared = next),
      commits: async (branch = "main") =>
        (await repositories.log("fleet", branch)).map(({ commit }) => commit),
      withoutState: open,
    };
  };
  return open();
}

/** The usual program. */
export function acme(args: FleetArgs): { commit: pulumi.Output<string> } {
  return { commit: new Fleet("acme", args).commit };
}

/** Two clusters without kubeconfig and one tenant; pushes to `push`. */
export function smallFleet(push: string): FleetArgs {
  return {
    repository: {
      url: "https://git.example.com/acme/fleet-infra",
      branch: "main",
      push: { url: push },
    },
    flux: { version: "2.9.4" },
    clusters: [
      cluster("eu-west-1", { environment: "production" }),
      cluster("eu-central-1", { environment: "staging" }),
    ],
    tenants: [someTenant("payments")],
  };
}

/** A tenant on all clusters. @param interval - how often Flux applies it */
export function someTenant(name: string, interval = "60m"): TenantPart {
  return tenant(name, {
    clusters: "all",
    source: gitSource({ url: `https://git.example.com/acme/${name}-app`, branch: "main" }),
    path: "./deploy",
    interval,
  });
}

/** A directory that is removed after the test. */
export function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(path.join(tmpdir(), "flux-fleet-test-"));
  t.after(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

/** What the engine showed about the resource of a name, one message per entry. */
export function messagesOf({ events }: OperationResult, name: string): readonly string[] {
  return events.flatMap(({ diagnosticEvent }) =>
    diagnosticEvent?.urn?.endsWith(`::${name}`) === true ? [diagnosticEvent.message.trim()] : [],
  );
}

/** An output of the stack as a preview tells it: the value, or that it is not known. */
export function previewed({ events }: OperationResult, output: string): unknown {
  const stack = events.findLast(
    ({ resOutputsEvent }) => resOutputsEvent?.metadata.type === "pulumi:pulumi:Stack",
  );
  const value: unknown = stack?.resOutputsEvent?.metadata.new?.outputs[output];
  return value === pulumi.runtime.unknownValue ? "unknown" : value;
}

/** A kubeconfig of a cluster that refuses every connection. */
export function silentKubeconfig(token: string): string {
  return `apiVersion: v1
kind: Config
current-context: silent
clusters: [{name: silent, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: silent, context: {cluster: silent, user: silent}}]
users: [{name: silent, user: {token: ${token}}}]
`;
}

/** A Fleet on real clusters: its repository on the lab's Git server, its program on the real engine. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { cluster, Fleet, gitSource, tenant } from "../../../index.js";
import type {
  ClusterArgs,
  FleetArgs,
  GitCredentials,
  TenantArgs,
  TenantPart,
} from "../../../index.js";
import { attachLab, labVariable, startLab } from "../../../lab/index.js";
import type { Lab, LabCluster } from "../../../lab/index.js";
import { inlineStack } from "../../support/engine.js";
import type { InlineStack, OperationResult } from "../../support/engine.js";

/** The Flux version that the lab builds. */
export const fluxVersion = "2.9.4";

/**
 * The running lab of the whole test run, or one for this file; its repositories are this process's own.
 * @param clusters - of a lab for this file
 */
export async function openLab(clusters = 0): Promise<Lab> {
  const isShared = process.env[labVariable] !== undefined;
  const lab = isShared ? attachLab() : await startLab({ clusters });
  return { ...lab, git: ownRepositories(lab.git) };
}

/** Files of one run have tenants of the same name, whose commits must not reach each other's clusters. */
function ownRepositories(git: Lab["git"]): Lab["git"] {
  const own = (name: string): string => `${process.pid}/${name}`;
  return {
    ...git,
    url: (name) => git.url(own(name)),
    bareDirectory: (name) => git.bareDirectory(own(name)),
    createRepository: (name, options) => git.createRepository(own(name), options),
    commit: (name, branch, files, options) => git.commit(own(name), branch, files, options),
    read: (name, branch) => git.read(own(name), branch),
    log: (name, branch) => git.log(own(name), branch),
    rejectPushes: (name, reason) => git.rejectPushes(own(name), reason),
    setHook: (name, hook, script) => git.setHook(own(name), hook, script),
  };
}

/** One Fleet, its repository and its stack. */
export interface LabFleet {
  readonly stack: InlineStack;
  /** Name of the fleet's repository on the lab's Git server. */
  readonly repository: string;
  /** What the program declares from the next operation on. */
  declare(change: Partial<FleetArgs>): void;
  /** Runs `up` and returns the commit that the Fleet reports. */
  up(): Promise<string>;
  /** Commits of the fleet's branch, newest first. */
  commits(): Promise<readonly string[]>;
  /** The same program and repository with an empty state, as after the loss of the state. */
  withoutState(): Promise<LabFleet>;
}

/** Makes a repository and a program that declares `args` on top of the lab's addresses and logins. */
export async function labFleet(
  lab: Lab,
  repository: string,
  args: Omit<FleetArgs, "repository" | "flux"> & Partial<FleetArgs>,
  name = "acme",
): Promise<LabFleet> {
  await lab.git.createRepository(repository);
  let declared: FleetArgs = {
    repository: fleetRepository(lab, repository),
    flux: { version: fluxVersion },
    wait: { timeout: "5m" },
    ...args,
  };
  const program = (): Promise<Record<string, unknown>> =>
    Promise.resolve({ commit: new Fleet(name, declared).commit });
  const open = async (): Promise<LabFleet> => {
    const stack = await inlineStack({ program });
    return {
      stack,
      repository,
      declare: (change) => {
        declared = { ...declared, ...change };
      },
      up: async () => String((await stack.up()).outputs["commit"]?.value),
      commits: async () => (await lab.git.log(repository, "main")).map(({ commit }) => commit),
      withoutState: open,
    };
  };
  return open();
}

/**
 * Runs `up` until nothing changes. A cluster that is between two reconciliations at that moment is
 * waited for once more, which is a change of that one Step; everything else fails, by name.
 */
export async function assertSettled({ stack }: LabFleet): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const changed = changesOf(await stack.up());
    if (changed.length === 0) return;
    assert.ok(attempt < 3 && changed.every((one) => one.endsWith("-wait")), changed.join("\n"));
  }
}

/** What an operation did, or would do, as `update <urn>`. */
export function changesOf({ events }: OperationResult): readonly string[] {
  return events.flatMap(({ resourcePreEvent }) =>
    resourcePreEvent === undefined || resourcePreEvent.metadata.op === "same"
      ? []
      : [`${resourcePreEvent.metadata.op} ${resourcePreEvent.metadata.urn}`],
  );
}

/** The `repository` argument of a Fleet. @param read - what Flux reads with; default is the lab's reader */
export function fleetRepository(
  lab: Lab,
  repository: string,
  read: Lab["git"]["reader"] = lab.git.reader,
): FleetArgs["repository"] {
  const { ca, url, writer } = lab.git;
  const secret = ({ token, username }: Lab["git"]["reader"]): GitCredentials => ({
    token: pulumi.secret(token),
    username,
    ca,
  });
  return {
    url: url(repository),
    branch: "main",
    push: secret(writer),
    sync: { credentials: secret(read) },
  };
}

/** Declares a cluster of the lab. */
export function labCluster(
  { name, kubeconfig }: LabCluster,
  more: Partial<ClusterArgs> = {},
): ReturnType<typeof cluster> {
  return cluster(name, {
    environment: "production",
    kubeconfig: pulumi.secret(kubeconfig),
    ...more,
  });
}

/** Declares a tenant whose workload is what {@link commitApp} commits. */
export function labTenant(lab: Lab, name: string, more: Partial<TenantArgs> = {}): TenantPart {
  return tenant(name, {
    clusters: "all",
    source: appSource(lab, name),
    path: "./deploy",
    interval: "60m",
    ...more,
  });
}

/** The source of a tenant's workload. */
export function appSource(lab: Lab, name: string): ReturnType<typeof gitSource> {
  const { token, username } = lab.git.reader;
  return gitSource({
    url: lab.git.url(`${name}-app`),
    branch: "main",
    credentials: { token: pulumi.secret(token), username, ca: lab.git.ca },
  });
}

/** Commits a tenant's workload, a Deployment `web` and a ConfigMap `web`, and returns the commit. */
export async function commitApp(lab: Lab, name: string, value: string): Promise<string> {
  return lab.git.commit(`${name}-app`, "main", { "deploy/app.yaml": app(value) });
}

/** Makes a tenant's repository with a first commit of {@link commitApp}. */
export async function createApp(lab: Lab, name: string): Promise<string> {
  await lab.git.createRepository(`${name}-app`);
  return commitApp(lab, name, "one");
}

function app(value: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata: { name: web }
data: { value: ${JSON.stringify(value)} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web }, annotations: { value: ${JSON.stringify(value)} } }
    spec:
      containers: [{ name: web, image: "registry.example.com/web:1" }]
`;
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

import { FleetError } from "../../errors.js";
import { gitRepositories } from "../../lab/git-repositories.js";
import type { FileEdits, GitRepositories } from "../../lab/git-repositories.js";
import type { Declaration, Remote } from "../../repository/index.js";

/** A bare repository of its own for one test, reached as file://. */
export interface Workbench extends GitRepositories {
  readonly directory: string;
  readonly remote: Remote;
  readonly name: "fleet";
}

export async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "fleet-test-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export async function workbench(t: TestContext, files: FileEdits = {}): Promise<Workbench> {
  const directory = await temporaryDirectory(t);
  const repositories = gitRepositories(directory);
  await repositories.createRepository("fleet", { files });
  const remote = { url: `file://${repositories.bareDirectory("fleet")}`, branch: "main" };
  return { ...repositories, directory, remote, name: "fleet" };
}

export function declaration(
  files: Readonly<Record<string, string>>,
  options: Partial<Declaration> = {},
): Declaration {
  const list = Object.entries(files).map(([path, text]) => ({ path, text }));
  return { owner: "acme", renderer: "test 1", files: list, record: { tenants: {} }, ...options };
}

/** The FleetError a promise fails with; fails the test when it does not. */
export async function fleetError(work: Promise<unknown>): Promise<FleetError> {
  try {
    await work;
  } catch (error) {
    if (FleetError.is(error)) return error;
    throw error;
  }
  throw new Error("expected a FleetError, but nothing was thrown");
}

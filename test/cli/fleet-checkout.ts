import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FleetDeclaration } from "../../core.js";
import { renderFleet } from "../../core.js";
import { formatOwnership } from "../../repository/index.js";
import { fleetContext, wholeFleet } from "../fixtures/fleets.js";
import { smallInstallManifests } from "../fixtures/install-manifests.js";

/** A directory with the files of a fleet repository, as `git clone` leaves them. */
export interface FleetCheckout {
  readonly directory: string;
  write(files: Readonly<Record<string, string>>): void;
  remove(): void;
}

/** The whole fleet with the given Flux, rendered into a directory of its own with its ownership file. */
export function fleetCheckout(flux: FleetDeclaration["flux"]["version"]): FleetCheckout {
  const directory = mkdtempSync(join(tmpdir(), "fleet-checkout-"));
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
  };
  const versions = typeof flux === "string" ? [flux] : Object.values(flux);
  const installManifests = new Map(versions.map((one) => [one, smallInstallManifests(one)]));
  const declaration = { ...wholeFleet(), flux: { version: flux } };
  const { files, record } = renderFleet("acme", declaration, fleetContext({ installManifests }));
  write(Object.fromEntries(files.map(({ path, text }) => [path, text])));
  const ownership = { version: 1, owner: "acme", renderer: "test", paths: {}, record } as const;
  write({ ".flux-fleet/acme.json": formatOwnership(ownership) });
  return {
    directory,
    write,
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What a process of the command left. */
export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as a process of its own. */
export function runCommand(args: readonly string[], cwd: string = tmpdir()): Promise<Output> {
  const program = join(__dirname, "../../cli/main.ts");
  const loader = require.resolve("tsx");
  const child = spawn(process.execPath, ["--import", loader, program, ...args], { cwd });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  return new Promise((resolve) => {
    child.on("close", (code) => {
      resolve({ code, ...output });
    });
  });
}

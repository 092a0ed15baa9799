import { mkdirSync } from "node:fs";
import path from "node:path";
import { partPath } from "./parts/index.js";

/**
 * Environment for the Pulumi CLI in a lab: the built CLI first on PATH, home and state inside the lab,
 * no call to the outside for updates.
 */
export function pulumiEnvironment(directory: string): Readonly<Record<string, string>> {
  const home = path.join(directory, "pulumi", "home");
  const state = path.join(directory, "pulumi", "state");
  for (const folder of [home, state]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return {
    PATH: [path.dirname(partPath("pulumi")), process.env["PATH"] ?? ""].join(path.delimiter),
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "lab",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

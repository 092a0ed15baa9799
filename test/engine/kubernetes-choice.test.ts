import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import kubernetesPackage from "@pulumi/kubernetes/package.json";
import { kubernetesPlugin, pulumiEnvironment } from "../../lab/pulumi.js";

const executable = "pulumi-resource-kubernetes";

describe("the choice of the Kubernetes plugin", () => {
  const original = { ...process.env };
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), "flux-fleet-choice-"));
    process.env["PULUMI_HOME"] = path.join(directory, "empty");
    process.env["PULUMI_FLUX_FLEET_TRY_DOWNLOAD"] = "false";
  });

  afterEach(() => {
    for (const name of ["PATH", "PULUMI_HOME", "PULUMI_FLUX_FLEET_TRY_DOWNLOAD"]) {
      const value = original[name];
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    rmSync(directory, { recursive: true, force: true });
  });

  function install(folder: string): string {
    mkdirSync(folder, { recursive: true });
    const file = path.join(folder, executable);
    writeFileSync(file, "#!/bin/sh\n");
    chmodSync(file, 0o755);
    return file;
  }

  test("prefers an executable on PATH", async () => {
    const file = install(path.join(directory, "bin"));
    process.env["PATH"] = `${path.dirname(file)}:${original["PATH"] ?? ""}`;
    const chosen = await kubernetesPlugin();
    assert.deepEqual([chosen.kind, chosen.path], ["official", file]);
    assert.equal(chosen.line, "Kubernetes provider: official plugin (from PATH)");
  });

  test("takes the plugin of the package's version from the user's Pulumi home", async () => {
    const home = path.join(directory, "home", "plugins");
    install(path.join(home, "resource-kubernetes-v1.0.0"));
    const file = install(path.join(home, `resource-kubernetes-v${kubernetesPackage.version}`));
    process.env["PULUMI_HOME"] = path.join(directory, "home");
    assert.equal((await kubernetesPlugin()).path, file);
  });

  test("names the choice in one line", async () => {
    const { line } = await kubernetesPlugin();
    assert.match(line, /^Kubernetes provider: [^\n]+$/);
  });

  test("gives each directory its own passphrase, which stays and which only the owner reads", async () => {
    const [one, two] = [path.join(directory, "one"), path.join(directory, "two")];
    const passphrase = async (folder: string): Promise<string> =>
      (await pulumiEnvironment(folder))["PULUMI_CONFIG_PASSPHRASE"] ?? "";
    const first = await passphrase(one);
    assert.ok(first.length >= 24);
    assert.equal(await passphrase(one), first);
    assert.notEqual(await passphrase(two), first);
    assert.equal(statSync(path.join(one, "passphrase")).mode & 0o777, 0o600);
  });
});

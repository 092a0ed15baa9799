import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { buildParts, planFor } from "../../lab/parts/build.js";
import { splitByComponent, type InstallObject } from "../../lab/parts/flux-install.js";
import { readGoToolchain } from "../../lab/parts/go-toolchain.js";
import {
  dataKey,
  linkerFlags,
  moduleFolder,
  partKey,
  pinnedVersion,
  readPins,
} from "../../lab/parts/keys.js";
import { acquireLock } from "../../lab/parts/lock.js";
import { fluxComponents, partNames, parts, type ModuleName } from "../../lab/parts/parts.js";
import { labHome, partPath, partStatuses } from "../../lab/parts/paths.js";

const scratch = mkdtempSync(path.join(tmpdir(), "parts-test-"));
const original = { home: process.env.PULUMI_FLUX_FLEET_LAB_HOME, path: process.env.PATH };
const calls = path.join(scratch, "calls");

/** Stands for the compiler: records each call, writes what it is told to build, and fails for the package in FAKE_GO_FAILS. */
const fakeGo = `#!/bin/sh
case "$1" in
  env) printf 'go1.26.99\\nlinux\\namd64\\n'; exit 0;;
  build) ;;
  *) exit 0;;
esac
for last; do :; done
echo "$last" >> "${calls}"
if [ "$last" = "$FAKE_GO_FAILS" ]; then echo "undefined: Anything" >&2; exit 1; fi
while [ "$1" != "-o" ]; do shift; done
printf 'binary of %s' "$last" > "$2"
chmod +x "$2"
`;

before(() => {
  const bin = path.join(scratch, "bin");
  mkdirSync(bin);
  writeFileSync(path.join(bin, "go"), fakeGo, { mode: 0o755 });
  process.env.PATH = `${bin}${path.delimiter}${original.path ?? ""}`;
});

beforeEach(() => {
  process.env.PULUMI_FLUX_FLEET_LAB_HOME = mkdtempSync(path.join(scratch, "home-"));
  rmSync(calls, { force: true });
  delete process.env.FAKE_GO_FAILS;
});

after(() => {
  process.env.PATH = original.path;
  if (original.home === undefined) delete process.env.PULUMI_FLUX_FLEET_LAB_HOME;
  else process.env.PULUMI_FLUX_FLEET_LAB_HOME = original.home;
  rmSync(scratch, { recursive: true, force: true });
});

function built(): string[] {
  return existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : [];
}

const toolchain = { version: "go1.26.8", platform: "linux/amd64" };

function keysWith(change: (module: ModuleName, goMod: string) => string): Map<string, string> {
  const keys = new Map<string, string>();
  for (const name of partNames) {
    const part = parts[name];
    if (part.kind !== "go") continue;
    const pins = new Map(readPins(moduleFolder(part.module)));
    pins.set("go.mod", change(part.module, pins.get("go.mod") ?? ""));
    keys.set(name, partKey(name, pins, toolchain));
  }
  return keys;
}

describe("keys", () => {
  test("a changed pin changes the keys of its module and of no other", () => {
    const committed = keysWith((_, goMod) => goMod);
    const changed = keysWith((module, goMod) =>
      module === "judges" ? goMod.replace("sops/v3 v3.13.2", "sops/v3 v3.13.1") : goMod,
    );
    const different = [...committed.keys()].filter(
      (name) => committed.get(name) !== changed.get(name),
    );
    assert.deepEqual(different, ["kustomize", "sops"]);
  });

  test("another Go, platform or checksum changes the key", () => {
    const pins = readPins(moduleFolder("yaml-judge"));
    const otherSum = new Map([...pins, ["go.sum", "changed"]]);
    const keys = [
      partKey("yaml-judge", pins, toolchain),
      partKey("yaml-judge", pins, { ...toolchain, version: "go1.26.9" }),
      partKey("yaml-judge", pins, { ...toolchain, platform: "linux/arm64" }),
      partKey("yaml-judge", otherSum, toolchain),
    ];
    assert.equal(new Set(keys).size, keys.length);
    for (const key of keys) assert.match(key, /^[0-9a-f]{12}$/);
  });

  test("data keys follow the pins and the name", () => {
    const pins = [readPins(moduleFolder("flux-cli"))];
    const keys = [dataKey("crds", pins), dataKey("crds", []), dataKey("flux-install", pins)];
    assert.equal(new Set(keys).size, 3);
  });

  test("every part's version comes from an exact pin, and Kubernetes is stamped with it", () => {
    for (const { name, version } of partStatuses()) {
      assert.match(version, /^(\d+\.\d+\.\d+|local|distribution)$/, name);
    }
    const part = parts["kube-apiserver"];
    assert.equal(part.kind, "go");
    const flags = linkerFlags(part, readPins(moduleFolder("kubernetes")));
    assert.ok(flags.includes("-X k8s.io/component-base/version.gitVersion=v1.36.2"));
    assert.ok(flags.every((flag) => !flag.includes("{")));
  });

  test("a module that go.mod does not require is refused by name", () => {
    const pins = new Map([["go.mod", "module x\n\nrequire a.example/b v1.2.3\n"]]);
    assert.equal(pinnedVersion(pins, "a.example/b"), "v1.2.3");
    assert.throws(() => pinnedVersion(pins, "a.example/c"), {
      message: 'go.mod does not require "a.example/c". Add a require line with an exact version.',
    });
  });

  test("committed pins name no replaced folder and no floating version", () => {
    for (const module of readdirSync(path.dirname(moduleFolder("flux"))) as ModuleName[]) {
      const goMod = readPins(moduleFolder(module)).get("go.mod") ?? "";
      assert.doesNotMatch(goMod, /=>\s*\.{0,2}\/|\b(latest|master|main)$/m, module);
    }
  });
});

describe("Go toolchain", () => {
  test("a missing Go is one sentence with its remedy", () => {
    assert.throws(() => readGoToolchain(undefined), {
      name: "GoToolchainError",
      message:
        'The lab\'s parts are built with Go, but no "go" is on PATH. Install Go 1.26 or newer and put its bin folder on PATH.',
    });
  });

  test("an older Go is refused with the version found", () => {
    assert.throws(() => readGoToolchain("go1.25.4\nlinux\namd64\n"), {
      message:
        'The lab\'s parts need Go 1.26, but the "go" on PATH is "go1.25.4". Install Go 1.26 or newer and put its bin folder on PATH.',
    });
    assert.deepEqual(readGoToolchain("go1.27rc1\nlinux\narm64\n"), {
      version: "go1.27rc1",
      platform: "linux/arm64",
    });
  });
});

test("a controller brings its data and the parts that make it", () => {
  assert.deepEqual(planFor(["helm-controller"]), {
    parts: ["kustomize", "yaml-judge", "helm-controller"],
    data: ["crds", "flux-install"],
  });
  assert.deepEqual(planFor(["kwok", "etcd"]), { parts: ["etcd", "kwok"], data: ["kwok-stages"] });
  assert.deepEqual(planFor("all").parts, partNames);
});

describe("build", () => {
  test("builds what is missing, in the order of the table, and drops the caches", async () => {
    const lines: string[] = [];
    await buildParts(["kube-scheduler", "etcd"], { onProgress: (line) => lines.push(line) });
    assert.deepEqual(built(), [
      "go.etcd.io/etcd/server/v3",
      "k8s.io/kubernetes/cmd/kube-scheduler",
    ]);
    assert.deepEqual(
      partStatuses(["etcd", "kube-scheduler", "sops"]).map(({ present }) => present),
      [true, true, false],
    );
    assert.match(lines[0] ?? "", /^ +\d+ s {2}missing: etcd, kube-scheduler$/);
    assert.equal(existsSync(path.join(labHome(), "build", "modules")), false);
    assert.equal(existsSync(path.join(labHome(), "build", "lock")), false);
  });

  test("a part that is there is neither built again nor touched", async () => {
    await buildParts(["etcd"]);
    const first = statSync(partPath("etcd")).mtimeMs;
    await buildParts(["etcd"]);
    assert.equal(built().length, 1);
    assert.equal(statSync(partPath("etcd")).mtimeMs, first);
  });

  test("a failed build says why, where the log is, and goes on where it stopped", async () => {
    process.env.FAKE_GO_FAILS = "k8s.io/kubernetes/cmd/kube-apiserver";
    await assert.rejects(buildParts(["etcd", "kube-apiserver"]), (error: Error) => {
      const log = path.join(labHome(), "build", "logs", "kube-apiserver.log");
      assert.match(error.message, /^Cannot build kube-apiserver\. The last lines were:\n/);
      assert.match(error.message, /undefined: Anything/);
      assert.ok(error.message.endsWith(`The whole log is ${log}.`));
      assert.ok(existsSync(log));
      return true;
    });
    assert.equal(existsSync(partPath("kube-apiserver")), false);
    delete process.env.FAKE_GO_FAILS;
    await buildParts(["etcd", "kube-apiserver"]);
    assert.deepEqual(built(), [
      "go.etcd.io/etcd/server/v3",
      "k8s.io/kubernetes/cmd/kube-apiserver",
      "k8s.io/kubernetes/cmd/kube-apiserver",
    ]);
  });

  test("two builds at once build each part once", async () => {
    await Promise.all([buildParts(["etcd"]), buildParts(["etcd"])]);
    assert.deepEqual(built(), ["go.etcd.io/etcd/server/v3"]);
  });

  test("an aborted build stops before it starts", async () => {
    await assert.rejects(buildParts(["etcd"], { signal: AbortSignal.abort() }), {
      name: "AbortError",
    });
    assert.deepEqual(built(), []);
  });
});

describe("lock", () => {
  test("the lock of a dead process is taken over", async () => {
    const child = spawn("true");
    await new Promise((resolve) => child.on("close", resolve));
    const file = path.join(labHome(), "lock");
    writeFileSync(file, JSON.stringify({ pid: child.pid, started: "1" }));
    const lock = await acquireLock(file);
    assert.equal((JSON.parse(readFileSync(file, "utf8")) as { pid: number }).pid, process.pid);
    lock?.release();
    assert.equal(existsSync(file), false);
  });

  test("a process number that is used again does not keep a lock alive", async () => {
    const file = path.join(labHome(), "lock");
    writeFileSync(file, JSON.stringify({ pid: process.ppid, started: "a time long ago" }));
    const lock = await acquireLock(file);
    assert.notEqual(lock, undefined);
    lock?.release();
  });

  test("waiting for a living process is told once and ends when the lock is free or no longer needed", async () => {
    const file = path.join(labHome(), "lock");
    const first = await acquireLock(file);
    const told: number[] = [];
    const options = { onWait: (pid: number) => told.push(pid), pollMilliseconds: 5 };
    let asked = 0;
    const given = await acquireLock(file, { ...options, noLongerNeeded: () => ++asked === 3 });
    assert.equal(given, undefined);
    assert.deepEqual(told, [process.pid]);
    setTimeout(() => first?.release(), 20);
    const second = await acquireLock(file, options);
    assert.notEqual(second, undefined);
    second?.release();
  });
});

describe("install manifests", () => {
  const object = (kind: string, name: string, component?: string): InstallObject => ({
    apiVersion: "v1",
    kind,
    metadata: {
      name,
      ...(component === undefined ? {} : { labels: { "app.kubernetes.io/component": component } }),
    },
  });
  const from = { version: "2.9.4", componentVersion: () => "1.0.0" };

  test("objects go to the component of their label, the rest is shared, order is kept", () => {
    const deployments = fluxComponents.map(({ name }) => object("Deployment", name, name));
    const account = object("ServiceAccount", "source-controller", "source-controller");
    const manifests = splitByComponent(
      [object("Namespace", "a"), account, ...deployments, object("Z", "z")],
      from,
    );
    assert.deepEqual(
      manifests.components["source-controller"]?.objects.map(({ kind }) => kind),
      ["ServiceAccount", "Deployment"],
    );
    assert.deepEqual(
      manifests.shared.objects.map(({ kind }) => kind),
      ["Namespace", "Z"],
    );
  });

  test("a component without a Deployment is refused", () => {
    assert.throws(() => splitByComponent([object("Namespace", "a")], from), {
      message: "The install manifests hold no Deployment of source-controller.",
    });
  });
});

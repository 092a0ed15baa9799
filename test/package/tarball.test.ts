import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import ts from "typescript";
import { root } from "../../scripts/test-files.js";
import { fleetCheckout } from "../cli/fleet-checkout.js";

interface PackedTarball {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

interface PackageJson {
  readonly name: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as PackageJson;
const entries = Object.keys(manifest.exports)
  .filter((subpath) => subpath !== "./package.json")
  .map((subpath) => manifest.name + subpath.slice(1));

/** A project that has installed the tarball, with nothing of the checkout but third-party packages. */
const project = mkdtempSync(join(tmpdir(), "flux-fleet-consumer-"));
let files: readonly string[] = [];

describe("the packed tarball", () => {
  before(() => {
    assert.ok(
      existsSync(join(root, "dist/index.js")),
      "dist/ is missing. Run `npm run build` first.",
    );
    const packed = npm(["pack", "--json", "--ignore-scripts", "--pack-destination", project]);
    const [tarball] = JSON.parse(packed) as PackedTarball[];
    assert.ok(tarball);
    files = tarball.files.map(({ path }) => path);
    const modules = join(project, "node_modules");
    mkdirSync(join(modules, manifest.name), { recursive: true });
    execFileSync("tar", [
      ...["-xzf", join(project, tarball.filename), "--strip-components=1"],
      ...["-C", join(modules, manifest.name)],
    ]);
    for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      const link = join(modules, name);
      mkdirSync(join(link, ".."), { recursive: true });
      symlinkSync(join(root, "node_modules", name), link);
    }
    mkdirSync(join(modules, "@types"));
    symlinkSync(join(root, "node_modules/@types/node"), join(modules, "@types/node"));
  });
  after(() => {
    rmSync(project, { recursive: true, force: true });
  });

  it("holds the compiled library, the install manifests and the documents, nothing else", () => {
    const published =
      /^dist\/((index|core|errors|sops)|(api|cli|components|graph|manifests|repository|cluster)\/.+)\.(js|js\.map|d\.ts)$|^dist\/api\/lines\/\d\.\d+\.json$/;
    const documents = ["CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "package.json"];
    const others = files.filter(
      (path) => !published.test(path) && !/^install\/flux-[0-9.]+\.json$/.test(path),
    );
    assert.deepEqual(others.sort(), documents);
  });

  it("holds no compiled file whose source is gone", () => {
    const orphans = files
      .filter((path) => path.endsWith(".js"))
      .filter((path) => !existsSync(join(root, path.replace(/^dist\//, "").replace(/js$/, "ts"))));
    assert.deepEqual(orphans, []);
  });

  for (const entry of entries) {
    it(`answers require("${entry}") and import "${entry}" alike`, () => {
      const program = `
        import { createRequire } from "node:module";
        const required = createRequire(import.meta.url)("${entry}");
        const imported = await import("${entry}");
        const missing = Object.keys(required).filter((name) => imported[name] !== required[name]);
        console.log(JSON.stringify({ names: Object.keys(required).length, missing }));`;
      writeFileSync(join(project, "consumer.mjs"), program);
      const { names, missing } = JSON.parse(node(["consumer.mjs"])) as {
        names: number;
        missing: string[];
      };
      assert.ok(names > 0);
      assert.deepEqual(missing, []);
    });
  }

  for (const entry of entries.slice(1)) {
    it(`loads no Pulumi module behind "${entry}"`, () => {
      const program = `require("${entry}"); console.log(JSON.stringify(Object.keys(require.cache)));`;
      const loaded = JSON.parse(node(["-e", program])) as string[];
      assert.ok(loaded.some((path) => path.includes(manifest.name)));
      assert.deepEqual(
        loaded.filter((path) => path.includes("/@pulumi/")),
        [],
      );
    });
  }

  it("brings a command that works without Pulumi", () => {
    const installed = join(project, "node_modules", manifest.name);
    const command = join(installed, manifest.bin["pulumi-flux-fleet"] ?? "");
    assert.match(readFileSync(command, "utf8"), /^#!\/usr\/bin\/env node\n/);
    const probe = join(project, "probe.cjs");
    writeFileSync(
      probe,
      `process.on("exit", () => {
        const pulumi = Object.keys(require.cache).filter((path) => path.includes("/@pulumi/"));
        process.stderr.write(JSON.stringify(pulumi));
      });`,
    );
    const checkout = fleetCheckout("2.8.8");
    try {
      const args = ["-r", probe, command, "rehearse", "--flux", "2.7.5", "--ring", "canary"];
      const options = { cwd: checkout.directory, encoding: "utf8" } as const;
      const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
      assert.equal(status, 1);
      assert.match(stdout, /^Flux 2\.8\.8 -> 2\.7\.5 on 1 cluster: eu-west-1\n/);
      assert.match(stdout, /\[FLUX_DOWNGRADE\]/);
      assert.equal(stderr, "[]");
    } finally {
      checkout.remove();
    }
  });

  it("hides what is not an entry", () => {
    assert.throws(
      () => node(["-e", `require("${manifest.name}/dist/errors.js")`]),
      /ERR_PACKAGE_PATH_NOT_EXPORTED/,
    );
  });

  for (const [resolution, module] of [
    ["node", "commonjs"],
    ["node16", "node16"],
    ["bundler", "esnext"],
  ] as const) {
    it(`type-checks in a program with moduleResolution ${resolution}`, () => {
      const uses = entries.map((entry, index) => `import * as entry${index} from "${entry}";`);
      const names = entries.map((_, index) => `keyof typeof entry${index}`);
      const program = `${uses.join("\n")}
        import { printYaml } from "${manifest.name}/manifests";
        export const text: string = printYaml([{ apiVersion: "v1", kind: "Namespace" }]);
        export type Names = [${names.join(", ")}];
        // @ts-expect-error a number is no list of objects: the types are there, not \`any\`
        printYaml(1);`;
      writeFileSync(join(project, "consumer.ts"), program);
      assert.deepEqual(compile(resolution, module), []);
    });
  }
});

function compile(moduleResolution: string, module: string): readonly string[] {
  const { options, errors } = ts.convertCompilerOptionsFromJson(
    { target: "es2023", strict: true, noEmit: true, types: ["node"], moduleResolution, module },
    project,
  );
  // Third-party declarations are checked as far as ours need them, ours completely.
  const program = ts.createProgram([join(project, "consumer.ts")], {
    ...options,
    skipLibCheck: false,
  });
  const ours = program.getSourceFiles().filter(({ fileName }) => {
    return (
      fileName.startsWith(project) &&
      !fileName.includes("/@pulumi/") &&
      !fileName.includes("/@types/")
    );
  });
  assert.ok(ours.length > entries.length);
  const found = ours.flatMap((file) => [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]);
  return [...errors, ...program.getOptionsDiagnostics(), ...found].map(
    ({ file, messageText }) =>
      `${file?.fileName ?? "options"}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
  );
}

function node(args: readonly string[]): string {
  return execFileSync(process.execPath, args, { cwd: project, encoding: "utf8", stdio: "pipe" });
}

function npm(args: readonly string[]): string {
  return execFileSync("npm", args, { cwd: root, encoding: "utf8", stdio: "pipe" });
}

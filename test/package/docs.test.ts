import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { describe, it } from "node:test";
import ts from "typescript";
import { root } from "../../scripts/test-files.js";

describe("documents", () => {
  it("hold TypeScript that compiles against the public entries", () => {
    const blocks = documents()
      .filter((path) => !path.startsWith("docs/adr/") && path !== "docs/api-report.md")
      .flatMap((path) => codeBlocks(path));
    assert.ok(blocks.some(({ name }) => name.startsWith("README.md")));
    assert.deepEqual(typeErrors(new Map(blocks.map(({ name, text }) => [name, text]))), []);
  });

  it("link only to files and headings that exist", () => {
    const broken = documents().flatMap((path) =>
      links(path)
        .filter((target) => !resolves(path, target))
        .map((target) => `${path}: ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  it("name only npm scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const unknown = documents().flatMap((path) =>
      [...readFileSync(join(root, path), "utf8").matchAll(/npm run ([a-z:-]+)/g)]
        .filter(([, name]) => name !== undefined && !(name in scripts))
        .map(([text]) => `${path}: ${text}`),
    );
    assert.deepEqual(unknown, []);
  });
});

/** Every Markdown file of the project, committed or about to be. */
function documents(): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], {
    cwd: root,
  });
  return listed
    .toString("utf8")
    .split("\n")
    .filter((path) => path !== "" && existsSync(join(root, path)));
}

function codeBlocks(path: string): readonly { name: string; text: string }[] {
  const text = readFileSync(join(root, path), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block = ""], index) => ({
    name: `${path}.block-${index + 1}.ts`,
    text: block,
  }));
}

/** Type-checks texts as if they were files of the checkout, with its compiler settings. */
function typeErrors(texts: ReadonlyMap<string, string>): readonly string[] {
  const read = ts.readConfigFile(join(root, "tsconfig.json"), (path) => ts.sys.readFile(path));
  const options = ts.parseJsonConfigFileContent(read.config, ts.sys, root).options;
  const files = new Map([...texts].map(([name, text]) => [join(root, name), text]));
  const host = ts.createCompilerHost({ ...options, incremental: false });
  host.readFile = (path) => files.get(path) ?? ts.sys.readFile(path);
  host.fileExists = (path) => files.has(path) || ts.sys.fileExists(path);
  const program = ts.createProgram([...files.keys()], { ...options, incremental: false }, host);
  return [...files.keys()].flatMap((path) => {
    const source = program.getSourceFile(path);
    assert.ok(source);
    return [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ].map(({ messageText, start = 0 }) => {
      const { line } = source.getLineAndCharacterOfPosition(start);
      const message = ts.flattenDiagnosticMessageText(messageText, "\n");
      return `${path.slice(root.length + 1)}:${line + 1}: ${message}`;
    });
  });
}

function links(path: string): readonly string[] {
  const prose = readFileSync(join(root, path), "utf8")
    .replace(/^```.*?^```$/gms, "")
    .replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function resolves(from: string, target: string): boolean {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? join(root, from) : resolve(root, dirname(from), path);
  if (!existsSync(file)) return false;
  return anchor === undefined || headings(file).includes(anchor);
}

/** The anchors a Git host makes of the headings of a file. */
function headings(file: string): readonly string[] {
  return [...readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

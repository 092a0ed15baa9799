import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import type { Mutant } from "../test/mutants/mutant.js";
import { root } from "./test-files.js";

/** A copy of the checkout in which one mutant at a time is applied. */
export class MutantTree {
  readonly directory: string = mkdtempSync(join(tmpdir(), "flux-fleet-mutant-"));

  constructor() {
    const listed = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], {
      cwd: root,
    });
    for (const path of listed.toString("utf8").split("\0").filter(Boolean)) {
      if (existsSync(join(root, path))) cpSync(join(root, path), join(this.directory, path));
    }
    for (const path of ["node_modules", "install"]) {
      if (existsSync(join(root, path))) symlinkSync(join(root, path), join(this.directory, path));
    }
  }

  /** Runs the work with the mutant in place, and puts the original back. */
  async with<T>(mutant: Mutant, work: () => Promise<T>): Promise<T> {
    const file = join(this.directory, mutant.file);
    const original = readFileSync(file, "utf8");
    writeFileSync(file, mutate(original, mutant));
    try {
      return await work();
    } finally {
      writeFileSync(file, original);
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The changed text. Refuses a search text that does not occur exactly once. */
export function mutate(text: string, mutant: Mutant): string {
  const [before, after, ...more] = text.split(mutant.search);
  if (before === undefined || after === undefined || more.length > 0) {
    const found = after === undefined ? "not found" : "found more than once";
    throw new Error(`Mutant "${mutant.name}": its search text is ${found} in ${mutant.file}.`);
  }
  return before + mutant.replace + after;
}

/**
 * Type-checks each mutated file against the rest of the checkout, without writing anything. Returns
 * one text per mutant that does not compile, or that changes comments and layout only.
 */
export function uncompilable(mutants: readonly Mutant[]): readonly string[] {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, "tsconfig.json"),
    // A mutant may stop using a name without having to remove its declaration.
    { incremental: false, noUnusedLocals: false, noUnusedParameters: false },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (problem) => fail(problem.messageText) },
  );
  if (config === undefined) return fail("tsconfig.json cannot be read");
  let current: Mutant | undefined;
  const read = (path: string): string | undefined => {
    const text = ts.sys.readFile(path);
    const isMutated = current !== undefined && path === join(root, current.file);
    return isMutated && text !== undefined && current ? mutate(text, current) : text;
  };
  const service = ts.createLanguageService({
    ...ts.sys,
    getCompilationSettings: () => config.options,
    getScriptFileNames: () => config.fileNames,
    getScriptVersion: (path) =>
      current !== undefined && path === join(root, current.file) ? current.name : "original",
    getScriptSnapshot: (path) => {
      const text = read(path);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
    getCurrentDirectory: () => root,
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    readFile: read,
  });
  return mutants.flatMap((mutant) => {
    const path = join(root, mutant.file);
    const original = readFileSync(path, "utf8");
    if (emitted(original) === emitted(mutate(original, mutant))) {
      return [`${mutant.name}: changes comments or layout only`];
    }
    current = mutant;
    const problems = [
      ...service.getSyntacticDiagnostics(path),
      ...service.getSemanticDiagnostics(path),
    ];
    current = undefined;
    return problems.map(
      ({ messageText }) => `${mutant.name}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    );
  });
}

/** The JavaScript of a file without types, comments and layout. */
function emitted(text: string): string {
  return ts.transpile(text, { removeComments: true, target: ts.ScriptTarget.ES2023 });
}

function fail(problem: unknown): never {
  throw new Error(String(problem));
}

// Lets Node require TypeScript, for the processes of test files: `node --require <this file>`. It
// does what tsx does for CommonJS, but leaves the files of packages alone, which makes the
// library load in half the time.
"use strict";

const { createHash } = require("node:crypto");
const { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { join } = require("node:path");
const { version } = require("esbuild/package.json");

const root = join(__dirname, "..");
const cache = join(root, "node_modules/.cache/typescript");

/** The package's own names lead to its sources, as tsconfig.json says. */
const ownName = /^pulumi-flux-fleet(?:\/(api|core|manifests|sops))?$/;

process.setSourceMapsEnabled(true);
mkdirSync(cache, { recursive: true });

const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  const from = parent?.filename ?? "";
  if (from.endsWith(".ts")) {
    if (/^\.{1,2}\/.*\.js$/.test(request)) {
      try {
        return resolve.call(this, `${request.slice(0, -3)}.ts`, parent, ...rest);
      } catch {
        // It is JavaScript.
      }
    }
    const own = ownName.exec(request);
    if (own !== null) {
      const source = join(process.cwd(), own[1] ?? "index");
      return resolve.call(
        this,
        existsSync(`${source}.ts`) ? `${source}.ts` : join(source, "index.ts"),
      );
    }
  }
  return resolve.call(this, request, parent, ...rest);
};

/**
 * What the Pulumi SDK loads in order to serialize functions, a third of its time to load and more;
 * nothing here serializes any.
 */
const forClosures = new Set(["typescript", "@npmcli/arborist"]);

const load = Module._load;
Module._load = function (request, parent, ...rest) {
  const loaded = () => load.call(this, request, parent, ...rest);
  const isLate = forClosures.has(request) && /[\\/]@pulumi[\\/]pulumi[\\/]/.test(parent?.filename);
  return isLate ? onFirstUse(loaded) : loaded();
};

/** The module as soon as somebody looks into it. */
function onFirstUse(loaded) {
  const get = (_target, name) => (name === "__esModule" ? true : loaded()[name]);
  return new Proxy({}, { get });
}

/** Node would read the source map of every file of a package, for stack traces that nobody follows there. */
const compile = Module.prototype._compile;
Module.prototype._compile = function (content, filename, ...rest) {
  const map = /[\\/]node_modules[\\/]/.test(filename)
    ? content.lastIndexOf("\n//# sourceMappingURL=")
    : -1;
  return compile.call(this, map < 0 ? content : content.slice(0, map), filename, ...rest);
};

Module._extensions[".ts"] = (module, filename) => {
  module._compile(javascriptOf(filename), filename);
};

/** Compiled once per content; the name is part of it, because the source map has it. */
function javascriptOf(filename) {
  const text = readFileSync(filename, "utf8");
  const key = createHash("sha256").update(`${version}\0${filename}\0${text}`).digest("hex");
  const compiled = join(cache, `${key.slice(0, 32)}.js`);
  try {
    return readFileSync(compiled, "utf8");
  } catch {
    const { code } = require("esbuild").transformSync(text, {
      ...{ loader: "ts", format: "cjs", platform: "node", target: "node20" },
      ...{ sourcefile: filename, sourcemap: "inline", sourcesContent: false, keepNames: true },
      tsconfigRaw: { compilerOptions: { target: "es2023" } },
    });
    // Whoever reads it meanwhile must not see half of it.
    const unfinished = `${compiled}.${process.pid}`;
    writeFileSync(unfinished, code);
    renameSync(unfinished, compiled);
    return code;
  }
}

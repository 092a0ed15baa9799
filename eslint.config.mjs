import eslint from "@eslint/js";
import tsdoc from "eslint-plugin-tsdoc";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/**
 * What a folder may not load at run time; types may be imported from anywhere. Dependencies point
 * downward only, and each side effect has one home. Written once here, explained in CONTRIBUTING.md.
 */
const pulumi = {
  group: ["@pulumi/*"],
  message:
    "Only *-component.ts, *-step.ts, *-assembly.ts and components/*.ts use Pulumi at run time.",
};
const git = {
  group: ["node:child_process"],
  message: "Only repository/ starts processes; for a plugin of age, plugin-wraps.ts.",
};
const network = {
  group: ["node:http", "node:https", "node:net", "node:tls", "@kubernetes/client-node"],
  message: "Only cluster/ talks to a network.",
};
const unpublished = {
  regex: "(^|/)(lab|scripts|test|examples|bench)/",
  message: "The published package does not contain this folder.",
};
const above = (...folders) => ({
  regex: `^\\.\\./(.*/)?(${folders.join("|")})/`,
  message: "Dependencies point downward only.",
});

/** Limits the imports of some files to what they may load. */
function loadsOnly(files, ...patterns) {
  const limits = patterns.map((pattern) => ({ ...pattern, allowTypeImports: true }));
  return {
    files,
    rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns: limits }] },
  };
}

export default defineConfig(
  globalIgnores(["dist/", "dist.new/", "install/", "node_modules/"]),
  {
    files: ["**/*.ts"],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked],
    plugins: { tsdoc },
    languageOptions: {
      parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "tsdoc/syntax": "error",
      eqeqeq: "error",
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Numbers and booleans print the same everywhere; the rule stays on for objects and undefined.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      // `describe` and `it` of node:test return promises that the runner itself awaits.
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            {
              from: "package",
              package: "node:test",
              name: [
                "test",
                "it",
                "describe",
                "suite",
                "before",
                "after",
                "beforeEach",
                "afterEach",
              ],
            },
          ],
        },
      ],
      // A leading underscore says "required by the signature, not needed here".
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      // `onEvent: () => list.push(x)` reads well, and its value is ignored by type.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  {
    // These files talk to a terminal; the library never does.
    files: ["scripts/**/*.ts", "lab/**/*.ts", "bench/**/*.ts", "examples/**/*.ts", "test/**/*.ts"],
    rules: { "no-console": "off" },
  },
  loadsOnly(["*.ts", "components/**/*.ts"], pulumi, git, network, unpublished),
  loadsOnly(
    [
      "index.ts",
      "components/**/*-component.ts",
      "components/**/*-step.ts",
      "components/**/*-assembly.ts",
      "components/*.ts",
    ],
    git,
    network,
    unpublished,
  ),
  loadsOnly(["components/sops/document/plugin-wraps.ts"], pulumi, network, unpublished),
  loadsOnly(
    ["graph/**/*.ts"],
    pulumi,
    git,
    network,
    unpublished,
    above("components", "repository", "cluster"),
  ),
  loadsOnly(
    ["api/**/*.ts"],
    pulumi,
    git,
    network,
    unpublished,
    above("components", "repository", "cluster"),
  ),
  loadsOnly(
    ["manifests/**/*.ts"],
    pulumi,
    git,
    network,
    unpublished,
    above("components", "graph", "repository", "cluster"),
  ),
  loadsOnly(["cli/**/*.ts"], pulumi, git, network, unpublished),
  loadsOnly(["repository/**/*.ts"], pulumi, unpublished, above("components", "graph", "cluster")),
  loadsOnly(
    ["cluster/**/*.ts"],
    pulumi,
    git,
    unpublished,
    above("components", "graph", "repository"),
  ),
);

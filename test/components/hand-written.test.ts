import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { handWrittenFiles } from "../../components/fleet/hand-written/head-texts.js";
import { layer } from "../../core.js";
import { readHead } from "../../repository/index.js";
import { someFleet } from "../fixtures/fleets.js";
import { object } from "../fixtures/placed.js";
import { workbench } from "../repository/workbench.js";

const nested = (path: string): string =>
  `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\nspec:\n  path: ${path}\n`;

describe("hand-written files", () => {
  it("are read as far as Kustomizations lead, and no further", async (t) => {
    const { remote } = await workbench(t, {
      "clusters/extra/apps.yaml": nested("./apps/production"),
      "apps/production/a.yaml": nested("deeper"),
      "deeper/b.yaml": "a: b\n",
      "typed/c.yaml": "a: b\n",
      "unrelated/d.yaml": "a: b\n",
      "apps/notes.txt": "no manifest\n",
      "generated/overlay/kustomization.yaml": [
        "resources: [../shared/secret.json]",
        "secretGenerator:",
        "- {name: a, envs: [../shared/app.env], files: [tls.key=../shared/key.bin]}",
        "- {name: b, files: [../shared/gone.pem], literals: [a=b]}",
        "patches: [{path: ../shared/patch.json}, {patch: '[]'}]",
        "",
      ].join("\n"),
      ...Object.fromEntries(
        ["app.env", "key.bin", "patch.json", "secret.json", "unnamed.json"].map((name) => [
          `generated/shared/${name}`,
          "{}\n",
        ]),
      ),
    });
    const reader = await readHead(remote, "acme");
    try {
      const written = layer("extra", { clusters: "all", directory: "./clusters/extra" });
      const typed = layer("typed", {
        clusters: "all",
        base: { objects: [object("Kustomization", "t", { path: "./typed" })] },
      });
      const read = async (...layers: readonly (typeof typed)[]): Promise<readonly string[]> =>
        [
          ...(
            (await handWrittenFiles(someFleet({ layers }), reader)) ?? new Map<string, string>()
          ).keys(),
        ].sort();
      assert.deepEqual(await read(written), [
        "apps/production/a.yaml",
        "clusters/extra/apps.yaml",
        "deeper/b.yaml",
      ]);
      assert.deepEqual(await read(typed), ["typed/c.yaml"]);
      // Secrets may be in any file that a kustomization file names.
      const generated = layer("generated", { clusters: "all", directory: "./generated/overlay" });
      assert.deepEqual(await read(generated), [
        "generated/overlay/kustomization.yaml",
        "generated/shared/app.env",
        "generated/shared/key.bin",
        "generated/shared/patch.json",
        "generated/shared/secret.json",
      ]);
    } finally {
      await reader.dispose();
    }
  });
});

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { imagePolicyMarker, printYaml } from "../../manifests/index.js";
import { planChange, readHead } from "../../repository/index.js";
import { bot, path, remembered, tagAtHead, up, web } from "./marked-files.js";
import { declaration, fleetError, workbench } from "./workbench.js";

const shopWeb = "shop:web";

describe("a value that image automation wrote", () => {
  test("stays, makes no commit, shows no diff and counts as no human's edit", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    const before = (await bench.read("fleet", "main")).get(".flux-fleet/acme.json");
    await bot(bench, "1.4.0");
    const reader = await readHead(bench.remote, "acme");
    t.after(() => reader.dispose());
    const plan = await planChange(reader, declaration({ [path]: web("1.3.2") }));
    assert.deepEqual(plan.findings, []);
    assert.deepEqual(plan.edits, []);
    assert.equal(plan.change.isEmpty, true);
    const { change } = await up(bench, { [path]: web("1.3.2") });
    assert.equal(change.isEmpty, true);
    assert.equal((await bench.log("fleet", "main")).length, 2);
    assert.equal((await bench.read("fleet", "main")).get(".flux-fleet/acme.json"), before);
    assert.equal(await tagAtHead(bench), "1.4.0");
  });

  test("stays when another field of the file changes, and only that field changes", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    await bot(bench, "1.4.0");
    await up(bench, { [path]: web("1.3.2", 3) });
    assert.equal((await bench.read("fleet", "main")).get(path), web("1.4.0", 3));
    assert.deepEqual(await remembered(bench), {
      [path]: [{ marker: shopWeb, declared: "acme/web:1.3.2", written: "acme/web:1.4.0" }],
    });
  });

  test("goes into the ownership file with the next commit, whatever that is for", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    await bot(bench, "1.4.0");
    const { change } = await up(bench, { [path]: web("1.3.2"), "a.yaml": "a: 1\n" });
    assert.deepEqual([change.added, change.changed], [["a.yaml"], [".flux-fleet/acme.json"]]);
    assert.deepEqual(await remembered(bench), {
      [path]: [{ marker: shopWeb, declared: "acme/web:1.3.2", written: "acme/web:1.4.0" }],
    });
    assert.equal(
      (await up(bench, { [path]: web("1.3.2"), "a.yaml": "a: 1\n" })).change.isEmpty,
      true,
    );
  });

  test("is no reason for a commit either when it is the declared one again", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    await bot(bench, "1.4.0");
    await up(bench, { [path]: web("1.3.2", 2) });
    await bot(bench, "1.3.2");
    assert.equal((await up(bench, { [path]: web("1.3.2", 2) })).change.isEmpty, true);
    await bot(bench, "1.5.0");
    await up(bench, { [path]: web("1.3.2", 3) });
    assert.equal((await bench.read("fleet", "main")).get(path), web("1.5.0", 3));
  });

  test("gives way to a declaration that changed, exactly once", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    await bot(bench, "1.4.0");
    await up(bench, { [path]: web("1.3.9") });
    assert.equal(await tagAtHead(bench), "1.3.9");
    await bot(bench, "1.4.1");
    assert.equal((await up(bench, { [path]: web("1.3.9") })).change.isEmpty, true);
    assert.equal(await tagAtHead(bench), "1.4.1");
    await up(bench, { [path]: web("1.3.2") });
    assert.equal(await tagAtHead(bench), "1.3.2", "back to an earlier declaration is a change too");
  });

  test("wins over a declaration that named the same value meanwhile, once that is written down", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    await bot(bench, "1.4.0");
    const { change } = await up(bench, { [path]: web("1.4.0") });
    assert.deepEqual(change.changed, [".flux-fleet/acme.json"]);
    await bot(bench, "1.5.0");
    assert.equal((await up(bench, { [path]: web("1.4.0") })).change.isEmpty, true);
    assert.equal(await tagAtHead(bench), "1.5.0");
  });

  test("stays when the file is written anew in another layout", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    const text = web("1.4.0")
      .replace("      - image:", "        - image:")
      .replace("        name:", "          name:");
    assert.notEqual(text, web("1.4.0"));
    await bench.commit("fleet", "main", { [path]: text });
    assert.equal((await up(bench, { [path]: web("1.3.2") })).change.isEmpty, true);
    await up(bench, { [path]: web("1.3.2", 2) });
    assert.equal((await bench.read("fleet", "main")).get(path), web("1.4.0", 2));
  });

  test("is found in a file that is taken over", async (t) => {
    const bench = await workbench(t, { [path]: web("1.4.0", 2) });
    await up(bench, { [path]: web("1.3.2") }, { adopt: [path] });
    assert.equal((await bench.read("fleet", "main")).get(path), web("1.4.0"));
  });

  test("moves with a file of the same cluster that gets another name, and to no other cluster", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    await bot(bench, "1.4.0");
    const renamed = "tenants/production/eu/store/web.yaml";
    const elsewhere = "tenants/production/us/shop/web.yaml";
    await up(bench, { [renamed]: web("1.3.2"), [elsewhere]: web("1.3.2") });
    assert.equal(await tagAtHead(bench, renamed), "1.4.0");
    assert.equal(await tagAtHead(bench, elsewhere), "1.3.2");
  });

  test("goes with its file when that leaves the fleet", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2"), "a.yaml": "a: 1\n" });
    await bot(bench, "1.4.0");
    const { change } = await up(bench, { "a.yaml": "a: 1\n" });
    assert.deepEqual(change.removed, [path]);
    assert.equal(await remembered(bench), undefined);
  });

  test("is quoted like any other text of the file", async (t) => {
    const bench = await workbench(t);
    const tagged = (tag: string, replicas: number): string =>
      printYaml([
        {
          spec: {
            replicas,
            tag: imagePolicyMarker({ namespace: "a", name: "b", field: "tag" }, tag),
          },
        },
      ]);
    await up(bench, { [path]: tagged("v1", 1) });
    await bench.commit("fleet", "main", { [path]: tagged("v1", 1).replace("v1", '"1.10"') });
    await up(bench, { [path]: tagged("v1", 2) });
    assert.equal((await bench.read("fleet", "main")).get(path), tagged("1.10", 2));
  });
});

describe("what is no value of image automation", () => {
  test("a human's edit beside a marker stops the change, and restored it leaves the value", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    await bench.commit("fleet", "main", { [path]: web("1.4.0", 5) });
    const error = await fleetError(up(bench, { [path]: web("1.3.2") }));
    assert.equal(error.code, "HUMAN_EDIT");
    assert.match(error.message, /spec\.replicas: 1 -> 5/u);
    await up(bench, { [path]: web("1.3.2") }, { restore: [path] });
    assert.equal((await bench.read("fleet", "main")).get(path), web("1.4.0"));
  });

  test("a comment somebody wrote into the file is an edit", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    await bench.commit("fleet", "main", { [path]: `# mine\n${web("1.4.0")}` });
    assert.equal((await fleetError(up(bench, { [path]: web("1.3.2") }))).code, "HUMAN_EDIT");
  });

  test("a marker that somebody removed, added or pointed elsewhere is an edit", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    for (const text of [
      web("1.4.0").replace(/ # .*/u, ""),
      web("1.4.0").replace("shop:web", "shop:other"),
      web("1.4.0").replace("replicas: 1", 'replicas: 1 # {"$imagepolicy": "shop:web:tag"}'),
    ]) {
      await bench.commit("fleet", "main", { [path]: text });
      assert.equal(
        (await fleetError(up(bench, { [path]: web("1.3.2") }))).code,
        "HUMAN_EDIT",
        text,
      );
    }
  });

  test("text that is no YAML any more is an edit", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    await bench.commit("fleet", "main", { [path]: `<<<<<<< HEAD\n${web("1.4.0")}` });
    assert.equal((await fleetError(up(bench, { [path]: web("1.3.2") }))).code, "HUMAN_EDIT");
  });
});

describe("older values than image automation wrote are not published", () => {
  test("into a repository that was emptied: refused, and restored with the last values", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    await bot(bench, "1.4.0");
    await up(bench, { [path]: web("1.3.2", 2) });
    await bot(bench, "1.5.0");
    await bench.commit("fleet", "main", { [path]: null, ".flux-fleet/acme.json": null });
    assert.equal((await fleetError(up(bench, { [path]: web("1.3.2", 2) }))).code, "HUMAN_EDIT");
    await up(bench, { [path]: web("1.3.2", 2) }, { restore: [path] });
    assert.equal((await bench.read("fleet", "main")).get(path), web("1.5.0", 2));
  });

  test("into a history that was written anew: the ownership file remembers", async (t) => {
    const bench = await workbench(t);
    await up(bench, { [path]: web("1.3.2") });
    await bot(bench, "1.4.0");
    await up(bench, { [path]: web("1.3.2", 2) });
    const ownership = (await bench.read("fleet", "main")).get(".flux-fleet/acme.json") ?? "";
    const other = await workbench(t, { ".flux-fleet/acme.json": ownership });
    assert.equal((await fleetError(up(other, { [path]: web("1.3.2", 2) }))).code, "HUMAN_EDIT");
    await up(other, { [path]: web("1.3.2", 2) }, { restore: [path] });
    assert.equal((await other.read("fleet", "main")).get(path), web("1.4.0", 2));
  });

  test("by a program that only lost the marker", async (t) => {
    const bench = await workbench(t);
    const plain = (tag: string): string => web(tag).replace(/ # .*/u, "");
    await up(bench, { [path]: web("1.3.2") });
    await bot(bench, "1.4.0");
    const error = await fleetError(up(bench, { [path]: plain("1.3.2") }));
    assert.equal(error.code, "MARKER_FILE");
    assert.match(error.message, /"shop:web" is "acme\/web:1\.4\.0"/u);
    assert.match(error.message, /Keep the marker, or declare "acme\/web:1\.4\.0"/u);
    await up(bench, { [path]: plain("1.4.0") });
    assert.equal((await bench.read("fleet", "main")).get(path), plain("1.4.0"));
  });

  test("unless the program says another value in the marker's place", async (t) => {
    const bench = await workbench(t);
    const pinned = web("1.2.0").replace(/ # .*/u, "");
    await up(bench, { [path]: web("1.3.2") });
    await bot(bench, "1.4.0");
    await up(bench, { [path]: pinned });
    assert.equal((await bench.read("fleet", "main")).get(path), pinned);
  });
});

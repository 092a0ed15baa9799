import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { ErrorCode, FluxComponent, InstallManifests, KubernetesObject } from "../../core.js";
import { FleetError, loadInstallManifests } from "../../core.js";
import { installObjects, withArguments } from "../../components/bootstrap/install.js";
import { printYaml } from "../../manifests/index.js";
import { smallInstallManifests } from "../fixtures/install-manifests.js";

const directory = mkdtempSync(join(tmpdir(), "install-file-"));
after(() => {
  rmSync(directory, { recursive: true, force: true });
});

const manifests = smallInstallManifests("2.9.4");
const components = ["source-controller", "kustomize-controller"] as const;
writeFileSync(join(directory, "flux-2.9.4.json"), JSON.stringify(manifests));
writeFileSync(join(directory, "flux-2.9.3.json"), JSON.stringify(manifests));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

async function refused(loading: Promise<unknown>, code: ErrorCode, text: RegExp): Promise<void> {
  await assert.rejects(loading, (error) => {
    assert.ok(FleetError.is(error), String(error));
    assert.equal(error.code, code);
    assert.match(error.message, text);
    return true;
  });
}

describe("loadInstallManifests", () => {
  it("reads the package's file of a version", async () => {
    const loaded = await loadInstallManifests(["2.9.4", "2.9.4"], undefined, { directory });
    assert.deepEqual([...loaded], [["2.9.4", manifests]]);
  });

  it("names the versions there are when one is missing", async () => {
    await refused(
      loadInstallManifests(["2.8.0"], undefined, { directory }),
      "UNKNOWN_FLUX_VERSION",
      /Use one of 2\.9\.3, 2\.9\.4/,
    );
  });

  it("refuses a version that could be a path or a range", async () => {
    for (const version of ["../../etc/x", "2.x", "v2.9.4", ""]) {
      await refused(
        loadInstallManifests([version], undefined, { directory }),
        "UNKNOWN_FLUX_VERSION",
        /exact version/,
      );
    }
  });

  it("refuses a file of another version", async () => {
    await refused(
      loadInstallManifests(["2.9.3"], undefined, { directory }),
      "INSTALL_MANIFESTS_UNREADABLE",
      /of Flux "2\.9\.4", not 2\.9\.3/,
    );
  });

  it("reads what `flux install --export` prints", async () => {
    const all = [
      ...manifests.shared.objects,
      ...Object.values(manifests.components).flatMap(({ objects }) => objects),
    ];
    const path = file("export.yaml", `---\n# Flux Version: v2.9.4\n${printYaml(all)}`);
    const loaded = (await loadInstallManifests(["2.9.4"], { file: path })).get("2.9.4");
    assert.ok(loaded);
    const identity = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.name}`;
    assert.deepEqual(installObjects(loaded, components).map(identity), [
      "Namespace flux-system",
      "ServiceAccount kustomize-controller",
      "ServiceAccount source-controller",
      "Deployment kustomize-controller",
      "Deployment source-controller",
    ]);
    assert.equal(loaded.components["image-automation-controller"]?.extra, true);
    assert.equal(loaded.components["source-controller"]?.version, "1.0.0");
  });

  it("lets the controllers that apply read generated artifacts exactly where they are made", async () => {
    const gate = "--feature-gates=ExternalArtifact=true";
    const all = Object.values(manifests.components).flatMap(({ objects }) => objects);
    const gated = (object: KubernetesObject): KubernetesObject =>
      withArguments(object, (args) => [...args, gate]);
    const path = file("gated.yaml", printYaml([...manifests.shared.objects, ...all.map(gated)]));
    const exported = (await loadInstallManifests(["2.9.4"], { file: path })).get("2.9.4");
    assert.ok(exported);
    const withGate = (from: InstallManifests, more: readonly FluxComponent[]): readonly string[] =>
      installObjects(from, [...components, "helm-controller", ...more]).flatMap((object) => {
        let found: readonly string[] = [];
        withArguments(object, (args) => (found = args));
        return found.filter((arg) => arg === gate).map(() => object.metadata.name);
      });
    for (const from of [manifests, exported]) {
      const generating = withGate(from, ["source-watcher"]);
      const readers = ["helm-controller", "kustomize-controller"];
      assert.deepEqual(
        generating.filter((name) => readers.includes(name)),
        readers,
      );
    }
    assert.deepEqual(withGate(manifests, []), []);
    assert.deepEqual(withGate(exported, []), ["source-controller"]);
  });

  it("refuses a file with another checksum, and takes the right one in any case", async () => {
    const text = JSON.stringify(manifests);
    const path = file("checked.json", text);
    const sha256 = createHash("sha256").update(text).digest("hex");
    assert.equal(
      (await loadInstallManifests(["2.9.4"], { file: path, sha256: sha256.toUpperCase() })).size,
      1,
    );
    await refused(
      loadInstallManifests(["2.9.4"], { file: path, sha256: "0".repeat(64) }),
      "INSTALL_MANIFESTS_CHECKSUM",
      new RegExp(sha256),
    );
  });

  it("takes the release of exactly that version, and only with its checksum", async () => {
    const text = printYaml(manifests.shared.objects);
    const urls: string[] = [];
    const download = (url: string): Promise<string> => {
      urls.push(url);
      return Promise.resolve(text);
    };
    const sha256 = createHash("sha256").update(text).digest("hex");
    await loadInstallManifests(["2.9.4"], { sha256 }, { download });
    assert.deepEqual(urls, [
      "https://github.com/fluxcd/flux2/releases/download/v2.9.4/install.yaml",
    ]);
    await refused(
      loadInstallManifests(["2.9.4"], { sha256: "1".repeat(64) }, { download }),
      "INSTALL_MANIFESTS_CHECKSUM",
      /Find out why/,
    );
  });

  it("refuses what is missing, broken or something else", async () => {
    const cases = [
      [join(directory, "absent.yaml"), /cannot be read/],
      [file("list.yaml", "- a\n"), /no Kubernetes object/],
      [file("broken.yaml", "a: ["), /not YAML/],
      [file("broken.json", "{"), /not JSON/],
      [file("other.json", '{"version":"2.9.4"}'), /does not hold install manifests/],
    ] as const;
    for (const [path, text] of cases) {
      await refused(
        loadInstallManifests(["2.9.4"], { file: path }),
        "INSTALL_MANIFESTS_UNREADABLE",
        text,
      );
    }
  });

  it("reports every version that is missing", async () => {
    await assert.rejects(
      loadInstallManifests(["2.8.0", "2.8.1"], undefined, { directory }),
      (error) => FleetError.is(error) && error.findings.length === 2,
    );
  });
});

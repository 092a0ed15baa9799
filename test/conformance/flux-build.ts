import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject, RenderedFleet } from "../../core.js";
import { partPath } from "../../lab/parts/index.js";
import { printYaml } from "../../manifests/index.js";

/** A rendered tree on disk, with what people wrote beside it. */
export class BuiltTree {
  readonly #directory = mkdtempSync(join(tmpdir(), "layers-"));

  constructor(
    readonly fleet: RenderedFleet,
    written: ReadonlyMap<string, string> = new Map(),
  ) {
    const files = fleet.files.map(({ path, text }) => [path, text] as const);
    for (const [path, text] of [...files, ...written]) {
      mkdirSync(dirname(join(this.#directory, path)), { recursive: true });
      writeFileSync(join(this.#directory, path), text);
    }
  }

  /** What `kustomize build` makes of a directory. */
  kustomized(directory: string): readonly KubernetesObject[] {
    return documents(run(partPath("kustomize"), "build", join(this.#directory, directory)));
  }

  /** What Flux would apply for a layer of a cluster, by its own build, without any cluster. */
  built(cluster: string, layer: string): readonly KubernetesObject[] {
    const kustomization = this.kustomization(cluster, layer);
    const { path, postBuild = {}, ...spec } = kustomization.spec;
    // The CLI reads no ConfigMap, so the variables of the cluster stand in the Kustomization here.
    const variables = { ...this.#variables(cluster), ...postBuild.substitute };
    const isSubstituted = postBuild.substitute !== undefined || "substituteFrom" in postBuild;
    const file = join(this.#directory, `${cluster}-${layer}.yaml`);
    const own = {
      ...spec,
      path,
      ...(isSubstituted ? { postBuild: { substitute: variables } } : {}),
    };
    writeFileSync(file, printYaml([{ ...kustomization, spec: own }]));
    const text = run(
      partPath("flux"),
      ...["build", "kustomization", layer, "--dry-run", "--strict-substitute"],
      ...["--path", join(this.#directory, path), "--kustomization-file", file],
    );
    return documents(text).map(withoutOwner);
  }

  /** The Kustomization of a layer on a cluster. */
  kustomization(
    cluster: string,
    layer: string,
  ): KubernetesObject & {
    spec: { path: string; postBuild?: { substitute?: Record<string, string> } };
  } {
    const found = this.fleet.manifests.find(
      ({ object, cluster: on }) =>
        on === cluster && object.kind === "Kustomization" && object.metadata.name === layer,
    );
    assert.ok(found);
    return found.object as ReturnType<typeof this.kustomization>;
  }

  /** The objects that the fleet lists for a layer of a cluster. */
  listed(cluster: string, layer: string): readonly KubernetesObject[] {
    return this.fleet.manifests
      .filter(
        ({ cluster: on, appliedBy }) => on === cluster && appliedBy === `flux-system/${layer}`,
      )
      .map(({ object }) => object);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #variables(cluster: string): Readonly<Record<string, string>> {
    const found = this.fleet.manifests.find(
      ({ object, cluster: on }) => on === cluster && object.metadata.name === "flux-runtime-info",
    );
    return (found?.object["data"] ?? {}) as Readonly<Record<string, string>>;
  }
}

/** Objects by what names them, as plain data. */
export function byIdentity(objects: readonly object[]): ReadonlyMap<string, unknown> {
  const plain = JSON.parse(JSON.stringify(objects)) as KubernetesObject[];
  const entries = plain.map(
    (object) =>
      [
        `${object.apiVersion} ${object.kind} ${object.metadata.namespace ?? ""}/${object.metadata.name}`,
        object,
      ] as const,
  );
  assert.equal(new Set(entries.map(([key]) => key)).size, entries.length, "an object occurs twice");
  return new Map([...entries].sort());
}

function documents(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}

/** The object without the labels with which Flux marks what a Kustomization applies. */
function withoutOwner(object: KubernetesObject): KubernetesObject {
  const labels = Object.entries(object.metadata.labels ?? {}).filter(
    ([key]) => !/^kustomize\.toolkit\.fluxcd\.io\/name(?:space)?$/.test(key),
  );
  const others = Object.entries(object.metadata).filter(([key]) => key !== "labels");
  const own = labels.length === 0 ? [] : [["labels", Object.fromEntries(labels)] as const];
  const metadata = { name: object.metadata.name, ...Object.fromEntries([...others, ...own]) };
  return { ...object, metadata };
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8", maxBuffer: 1e8, stdio: "pipe" });
}

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  fluxKinds,
  fluxSystem,
  nudge,
  waitForFleet,
  watchFleet,
  type ClusterClient,
  type ExpectedKustomization,
  type KubeObject,
  type WaitOptions,
} from "../../cluster/index.js";
import { conditionOf } from "../../cluster/flux-objects.js";
import { sourceObjects } from "../../components/source/manifests.js";
import { artifactGenerator, gitRepository } from "../../core.js";
import type { SourcePart } from "../../core.js";
import type { Lab } from "../../lab/index.js";
import { printYaml } from "../../manifests/index.js";
import { eventually } from "../lab/install-flux.js";

/** A cluster whose Flux with source-watcher runs what stands below `at` in a repository. */
export interface LiveFlux {
  readonly lab: () => Lab;
  readonly client: () => ClusterClient;
  readonly repository: string;
  readonly at: string;
  push(files: Readonly<Record<string, string | null>>): Promise<string>;
  /** The root and these. */
  expected(...names: readonly string[]): readonly ExpectedKustomization[];
  options(commit: string): Promise<WaitOptions>;
  kustomization(name: string, path: string, spec?: object): KubeObject;
}

const writer = { fieldManager: "test", force: true } as const;
const place = { namespace: fluxSystem, serviceAccountName: "kustomize-controller" };

/** What only real controllers can say about sources; afterwards the root fetches nothing any more. */
export function describeSources(flux: LiveFlux): void {
  const { at, repository } = flux;
  const file = (...objects: readonly object[]): string => printYaml(objects);
  const objectsOf = (part: SourcePart<string>): readonly KubeObject[] => sourceObjects(part, place);
  const configMap = (name: string): KubeObject => {
    const metadata = { name, namespace: "default" };
    return { apiVersion: "v1", kind: "ConfigMap", metadata, data: { name } };
  };

  describe("source-watcher", () => {
    it("cuts out of the repository what a Kustomization then applies", async (context) => {
      const generator = artifactGenerator("parts", {
        sources: [{ source: { kind: "source", name: fluxSystem, type: "GitRepository" } }],
        artifacts: [
          { name: "cut", copy: [{ from: `@${fluxSystem}/parts/cut/**`, to: "@artifact/" }] },
        ],
      });
      const start = Date.now();
      const cut = { sourceRef: { kind: "ExternalArtifact", name: "cut" } };
      await flux.push({
        [`${at}/cut.yaml`]: file(...objectsOf(generator), flux.kustomization("cut", "./", cut)),
        "parts/cut/five.yaml": file(configMap("five")),
      });
      await nudge(flux.client(), "GitRepository", fluxSystem, fluxSystem);
      const five = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "five" };
      await eventually("what was cut out", async () => {
        return (await flux.client().get(five)) !== undefined;
      });
      context.diagnostic(`${String(Date.now() - start)} ms`);
    });
  });

  describe("a source that says who signs", () => {
    it("takes a commit of theirs, and none of anybody else", async () => {
      const { git } = flux.lab();
      const directory = await mkdtemp(join(tmpdir(), "fleet-signed-"));
      try {
        const key = join(directory, "key");
        execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key]);
        await git.createRepository("signed", { files: { "a.yaml": file(configMap("a")) } });
        signedCommit(git.bareDirectory("signed"), key);
        const secret: KubeObject = {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "signers", namespace: fluxSystem },
        };
        const stringData = { "release.sshpub": await readFile(`${key}.pub`, "utf8") };
        await flux.client().apply({ ...secret, stringData }, writer);
        const ready = async (branch: string): Promise<string> => {
          const part = gitRepository(`by-${branch}`, {
            url: git.url("signed"),
            ref: { branch },
            secret: { name: fluxSystem },
            verify: { secret: { name: "signers" } },
          });
          for (const object of objectsOf(part)) await flux.client().apply(object, writer);
          const ref = { ...fluxKinds.GitRepository, namespace: fluxSystem, name: part.name };
          let said = "";
          await eventually(`an answer about ${branch}`, async () => {
            const live = await flux.client().get(ref);
            const condition = live && conditionOf(live, "SourceVerified");
            said = `${condition?.status ?? "Unknown"} ${condition?.message ?? ""}`;
            return /^(True|False)/.test(said);
          });
          await flux.client().delete(ref);
          return said;
        };
        assert.match(await ready("signed"), /^True /);
        assert.match(await ready("main"), /^False .*signature/);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
  });

  describe("a root source that fetches only its part", () => {
    const source = (...directories: readonly string[]): KubeObject => ({
      ...fluxKinds.GitRepository,
      metadata: { name: fluxSystem, namespace: fluxSystem },
      spec: {
        interval: "10m",
        url: flux.lab().git.url(repository),
        ref: { branch: "main" },
        secretRef: { name: fluxSystem },
        sparseCheckout: directories,
      },
    });

    it("fetches a new folder with the commit that names it, and `up` sees it applied", async (context) => {
      const client = flux.client();
      const first = await flux.push({
        [`${at}/source.yaml`]: file(source(at, "apps", "parts")),
        "elsewhere/big.yaml": file(configMap("big")),
      });
      const clusters = [{ name: "eu", client, kustomizations: flux.expected() }];
      await waitForFleet(clusters, await flux.options(first));
      const commit = await flux.push({
        [`${at}/source.yaml`]: file(source(at, "apps", "more", "parts")),
        [`${at}/more.yaml`]: file(flux.kustomization("more", "./more")),
        "more/four.yaml": file(configMap("four")),
      });
      const start = Date.now();
      const more = [{ name: "eu", client, kustomizations: flux.expected("more") }];
      await waitForFleet(more, await flux.options(commit));
      context.diagnostic(`${String(Date.now() - start)} ms`);
    });

    it("fetches nothing any more once a folder that it names is gone", async () => {
      const commit = await flux.push({
        [`${at}/source.yaml`]: file(source(at, "apps", "parts")),
        [`${at}/more.yaml`]: null,
        "more/four.yaml": null,
      });
      const clusters = [{ name: "eu", client: flux.client(), kustomizations: flux.expected() }];
      const report = await watchFleet(clusters, await flux.options(commit));
      assert.deepEqual(
        report.findings.map(({ code }) => code),
        ["WAIT_SOURCE_FAILED"],
      );
      assert.match(report.findings[0]?.problem ?? "", /sparse checkout dir 'more' does not exist/);
    });
  });
}

/** Makes branch `signed` of a bare repository: that of main with one commit more, which is signed. */
function signedCommit(bare: string, key: string): void {
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["--git-dir", bare, ...args], {
      encoding: "utf8",
      env: {
        ...process.env,
        ...{ GIT_AUTHOR_NAME: "release", GIT_AUTHOR_EMAIL: "release@example.com" },
        ...{ GIT_COMMITTER_NAME: "release", GIT_COMMITTER_EMAIL: "release@example.com" },
      },
    }).trim();
  const signing = ["-c", "gpg.format=ssh", "-c", `user.signingkey=${key}`];
  const commit = git(...signing, "commit-tree", "-S", "-p", "main", "-m", "signed", "main^{tree}");
  git("update-ref", "refs/heads/signed", commit);
}

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { checkObject, defaultVersions, supportedLines } from "../../api/index.js";
import { renderFleet } from "../../core.js";
import type { KubernetesObject } from "../../core.js";
import { isSetterMarked } from "../../manifests/index.js";
import { releaseObjects } from "../../components/release/manifests.js";
import { sourceObjects } from "../../components/source/manifests.js";
import { brokenObjects } from "../fixtures/broken-objects.js";
import { everyKind, everyKindFleet } from "../fixtures/every-kind.js";
import { smallInstallManifests } from "../fixtures/install-manifests.js";
import { partsFleet } from "../fixtures/parts.js";
import { formsOf, releaseForms, sourceForms } from "../fixtures/release-forms.js";
import { kindSchemas, mutations, validObjects } from "../properties/api-arbitraries.js";
import type { KindServer } from "./kind-server.js";
import { startKindServer } from "./kind-server.js";

/** Findings about what a controller refuses although its definition allows it. */
const beyondDefinitions: ReadonlySet<string> = new Set(["INVALID_TEMPLATE", "INVALID_VARIABLE"]);

/** As whoever reads the file has it: a marker is a comment. */
function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, item: unknown) => (isSetterMarked(item) ? item.value : item)),
  );
}

/** Why our check refuses an object; undefined when it takes it. */
function ourRefusal(object: KubernetesObject, line: string): string | undefined {
  const errors = checkObject(object, line, "").filter(
    ({ severity, code }) => severity !== "warning" && !beyondDefinitions.has(code),
  );
  return errors.length === 0
    ? undefined
    : errors.map(({ path, problem }) => `${path}: ${problem}`).join(" ");
}

for (const line of supportedLines) {
  describe(`a real API server with the definitions of Flux ${line}`, () => {
    let server: KindServer;
    before(async () => {
      server = await startKindServer(line);
    });
    after(async () => {
      await server.stop();
    });

    /** Asserts that server and check agree on every object; how many both refuse, and both take. */
    async function agreement(
      objects: readonly KubernetesObject[],
    ): Promise<{ readonly refused: number; readonly taken: number }> {
      const disagreements: unknown[] = [];
      let refused = 0;
      for (const object of objects) {
        const [theirs, ours] = [await server.refusal(object), ourRefusal(object, line)];
        if (theirs !== undefined) refused++;
        if ((theirs === undefined) !== (ours === undefined)) {
          disagreements.push({ theirs, ours, object });
        }
      }
      assert.deepEqual(disagreements, []);
      return { refused, taken: objects.length - refused };
    }

    it("takes every object of a fleet that uses every kind", async () => {
      const version = defaultVersions[line] ?? "";
      const installManifests = new Map([[version, smallInstallManifests(version)]]);
      const { manifests, warnings } = renderFleet("acme", everyKindFleet(line), {
        installManifests,
      });
      assert.deepEqual(warnings, []);
      const objects = manifests
        .map(({ object }) => object)
        .filter(({ apiVersion }) => apiVersion.includes(".fluxcd.io/"))
        .map((object) => ({ ...object, metadata: { ...object.metadata, namespace: "apps" } }));
      assert.equal(new Set(objects.map(({ kind }) => kind)).size, 15);
      assert.deepEqual(await agreement(objects), { refused: 0, taken: objects.length });
    });

    it("takes every object of a fleet with parts of Flux wherever they can be declared", async () => {
      const version = defaultVersions[line] ?? "";
      const installManifests = new Map([[version, smallInstallManifests(version)]]);
      const { flux, ...fleet } = partsFleet();
      const declaration = { ...fleet, flux: { ...flux, version } };
      const objects = renderFleet("acme", declaration, { installManifests })
        .manifests.map(({ object }) => object)
        .filter(({ apiVersion }) => apiVersion.includes(".fluxcd.io/"))
        .map(({ metadata, ...object }) => ({
          ...{ apiVersion: object.apiVersion, kind: object.kind },
          ...{ metadata: { ...metadata, namespace: "apps" }, spec: plain(object["spec"]) },
        }));
      for (const kind of ["HelmRelease", "Alert", "Receiver", "ImageUpdateAutomation"]) {
        assert.ok(
          objects.some((one) => one.kind === kind),
          kind,
        );
      }
      assert.deepEqual(await agreement(objects), { refused: 0, taken: objects.length });
    });

    it("takes every source and release of a tenant in each of its forms", async () => {
      const place = { namespace: "apps", serviceAccountName: "app", labels: { app: "web" } };
      const objects = [
        ...formsOf(sourceForms, line).flatMap((part) => sourceObjects(part, place)),
        ...formsOf(releaseForms, line).flatMap((part) => releaseObjects(part, place)),
      ];
      assert.ok(objects.length > 20, `only ${objects.length} objects`);
      assert.deepEqual(await agreement(objects), { refused: 0, taken: objects.length });
    });

    it("agrees with the check about objects made for other lines", async () => {
      const others = supportedLines.filter((other) => other !== line);
      const objects = others.flatMap((other) => everyKind(other));
      const { refused, taken } = await agreement(objects);
      assert.ok(taken > 15, `only ${taken} taken`);
      assert.ok(line === "2.9" || refused > 5, `only ${refused} refused`);
    });

    it("agrees with the check about objects that are wrong in one thing", async () => {
      const { refused } = await agreement(brokenObjects.map(({ object }) => object));
      assert.ok(refused > 20, `only ${refused} refused`);
    });

    it("agrees with the check about random objects and about changes of them", async () => {
      const objects = kindSchemas(line).flatMap((kind) => {
        const changed = fc
          .tuple(validObjects(kind), mutations(), fc.nat(500))
          .map(([object, mutate, at]) => ({ ...object, spec: mutate(object["spec"], at) }));
        return [...fc.sample(validObjects(kind), 10), ...fc.sample(changed, 30)];
      });
      const { refused, taken } = await agreement(objects);
      assert.ok(refused > 100 && taken > 150, `${refused} refused, ${taken} taken`);
    });
  });
}

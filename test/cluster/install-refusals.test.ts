import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { ensureNamespace, fluxKinds, installFlux, type KubeObject } from "../../cluster/index.js";
import { foreignKeeper, judgeDefinition, planInstall } from "../../cluster/install-plan.js";
import { FleetError } from "../../errors.js";
import { fluxObjects } from "../lab/install-flux.js";
import { startApiServer, type ApiServer } from "./api-server.js";

const writer = { fieldManager: "test", force: true } as const;
const flux = { name: "flux-system", namespace: "flux-system" };
const root: KubeObject = {
  ...fluxKinds.Kustomization,
  metadata: flux,
  spec: {
    interval: "10m",
    prune: true,
    path: "./clusters/test",
    sourceRef: { kind: "GitRepository", name: flux.name },
  },
};
const source: KubeObject = {
  ...fluxKinds.GitRepository,
  metadata: flux,
  spec: { interval: "1m", url: "https://git.example.com/fleet", ref: { branch: "main" } },
};
const installation = { install: fluxObjects() as readonly KubeObject[], sync: { source, root } };

describe("an installation that would harm", () => {
  let api: ApiServer;
  before(async () => {
    api = await startApiServer();
    await ensureNamespace(api.client, "flux-system");
  });
  after(() => api.stop());
  beforeEach(async () => {
    const ref = { ...fluxKinds.Kustomization, ...flux };
    if ((await api.client.get(ref)) !== undefined) {
      await api.client.patch(ref, { metadata: { finalizers: null } }, writer);
    }
    await api.client.delete(ref);
    await api.client.delete({ ...fluxKinds.GitRepository, ...flux });
  });

  async function refusal(code: string): Promise<string> {
    const written = async (): Promise<number> =>
      (await api.client.list({ apiVersion: "apps/v1", kind: "Deployment" })).length;
    const before = await written();
    const error: unknown = await installFlux(api.client, installation, { timeoutMs: 60_000 }).then(
      () => assert.fail("it was not refused"),
      (reason: unknown) => reason,
    );
    assert.ok(FleetError.is(error), String(error));
    assert.equal(error.code, code, error.message);
    assert.equal(await written(), before);
    return error.message;
  }

  it("is refused when the live root reads another repository, also before it applied anything", async () => {
    await api.client.apply(root, writer);
    const spec = { interval: "1m", url: "https://git.example.com/other", ref: { branch: "next" } };
    await api.client.apply({ ...source, spec }, writer);
    const message = await refusal("FLUX_ROOT_ELSEWHERE");
    assert.match(message, /url is ".*\/other" instead of ".*\/fleet"; reference is "branch next"/);
  });
  it("is refused when the live root reads another kind of source", async () => {
    const sourceRef = { kind: "OCIRepository", name: flux.name };
    await api.client.apply({ ...root, spec: { ...(root.spec as object), sourceRef } }, writer);
    assert.match(
      await refusal("FLUX_ROOT_ELSEWHERE"),
      /kind of the source is "OCIRepository" instead of "GitRepository"/,
    );
  });
  it("is refused while the root is being deleted", async () => {
    const metadata = { ...flux, finalizers: ["finalizers.fluxcd.io"] };
    await api.client.apply({ ...root, metadata }, writer);
    await api.client.delete({ ...fluxKinds.Kustomization, ...flux });
    await refusal("FLUX_ROOT_LEAVING");
  });
  it("is refused when another tool keeps Flux, naming it", async () => {
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name: "kustomizations.kustomize.toolkit.fluxcd.io",
    };
    const labels = { "fluxcd.controlplane.io/name": "flux" };
    await api.client.patch(definition, { metadata: { labels } }, writer);
    const message = await refusal("FLUX_MANAGED_ELSEWHERE");
    assert.match(message, /kustomizations\.kustomize.*kept by fluxcd\.controlplane\.io\/name=flux/);
  });
});

describe("foreignKeeper", () => {
  const own = {
    "kustomize.toolkit.fluxcd.io/name": "flux-system",
    "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
  };
  const cases: readonly (readonly [string, object, object, string | undefined])[] = [
    ["nobody", {}, {}, undefined],
    ["the root itself", own, {}, undefined],
    [
      "another Kustomization",
      { ...own, "kustomize.toolkit.fluxcd.io/name": "infra" },
      {},
      "Kustomization flux-system/infra",
    ],
    ["Helm", {}, { "meta.helm.sh/release-name": "flux" }, 'Helm release "flux"'],
    [
      "a HelmRelease",
      { "helm.toolkit.fluxcd.io/name": "flux" },
      {},
      "helm.toolkit.fluxcd.io/name=flux",
    ],
  ];
  for (const [title, labels, annotations, keeper] of cases) {
    it(`finds ${title}`, () => {
      const metadata = { name: "a", labels, annotations } as KubeObject["metadata"];
      assert.equal(foreignKeeper({ apiVersion: "v1", kind: "A", metadata }), keeper);
    });
  }
});

describe("the plan of an installation", () => {
  it("applies every object exactly once", () => {
    const plan = planInstall(installation.install);
    const planned = [plan.namespaces, plan.definitions, plan.surroundings, plan.deployments].flat();
    assert.equal(planned.length, installation.install.length);
    assert.equal(new Set(planned).size, installation.install.length);
    assert.ok(plan.definitions.length > 0 && plan.deployments.length === 4);
  });
  it("knows a definition that will never be served", () => {
    const message = '"things" is already in use';
    const conditions = [{ type: "NamesAccepted", status: "False", message }];
    const metadata = { name: "a" };
    assert.deepEqual(
      judgeDefinition({ apiVersion: "v1", kind: "A", metadata, status: { conditions } }),
      {
        established: false,
        problem: message,
      },
    );
  });
});

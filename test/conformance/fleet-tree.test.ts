import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import Ajv from "ajv";
import { parseAllDocuments } from "yaml";
import type {
  FleetDeclaration,
  InstallManifests,
  KubernetesObject,
  RenderedFleet,
} from "../../core.js";
import { cluster, gitSource, loadInstallManifests, renderFleet, tenant } from "../../core.js";
import { allComponents, defaultComponents } from "../../components/bootstrap/flux-components.js";
import type { FluxComponent } from "../../components/bootstrap/flux-components.js";
import { installObjects } from "../../components/bootstrap/install.js";
import { broughtKey } from "../../components/fleet/cluster.js";
import { tenantObjects } from "../../components/tenant/manifests.js";
import {
  dataPath,
  installManifestPath,
  partPath,
  partStatuses,
  partVersion,
} from "../../lab/parts/index.js";
import { wholeFleet } from "../fixtures/fleets.js";

const judges = ["flux", "kustomize", "sops"] as const;
const absent = partStatuses(judges)
  .filter(({ present }) => !present)
  .map(({ name }) => name);
const allowMissing = process.env["PULUMI_FLUX_FLEET_ALLOW_MISSING"] === "1";
const skip = absent.length > 0 && allowMissing ? `not built: ${absent.join(", ")}` : false;

const version = partVersion("flux");

function documents(text: string): readonly KubernetesObject[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}

function run(judge: (typeof judges)[number], ...args: string[]): string {
  return execFileSync(partPath(judge), args, { encoding: "utf8", maxBuffer: 1e8 });
}

function identity({ apiVersion, kind, metadata }: KubernetesObject): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}

function byIdentity(objects: readonly object[]): ReadonlyMap<string, unknown> {
  const plain = JSON.parse(JSON.stringify(objects)) as KubernetesObject[];
  assert.equal(new Set(plain.map(identity)).size, plain.length, "an object occurs twice");
  return new Map(plain.map((object) => [identity(object), object] as const).sort());
}

/** A schema in which a field that is not declared is an error, as on an API server that is strict. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== "object" || schema === null) return schema;
  const fields: Record<string, unknown> = Object.fromEntries(
    Object.entries(schema)
      .filter(([key]) => !key.startsWith("x-kubernetes") && key !== "format" && key !== "default")
      .map(([key, value]) => [key, strict(value)]),
  );
  const open = fields["additionalProperties"] !== undefined || fields["properties"] === undefined;
  return fields["type"] === "object" && !open ? { ...fields, additionalProperties: false } : fields;
}

/** The whole fleet with patches of every kind: of controllers, of our objects, and of a tenant's. */
function patchedFleet(): FleetDeclaration {
  const whole = wholeFleet();
  const controller = { kind: "Deployment", group: "apps", name: "source-controller" };
  const pod = { nodeSelector: { pool: "a: b # c" }, securityContext: null, tolerations: [] };
  const patches = [
    { target: controller, patch: { spec: { replicas: 2, template: { spec: pod } } } },
    { target: { kind: "CustomResourceDefinition" }, patch: { metadata: { labels: { a: "b" } } } },
    { target: { kind: "Kustomization" }, patch: { spec: { interval: "7m" } } },
    { target: { kind: "GitRepository" }, patch: { metadata: { annotations: { "a/b~c": "d" } } } },
  ];
  const ofTenant = [{ target: { kind: "Kustomization" }, patch: { spec: { force: true } } }];
  return {
    ...whole,
    clusters: whole.clusters.map(({ name, args }) => cluster(name, { ...args, patches })),
    tenants: (whole.tenants ?? []).map(({ name, args }) =>
      tenant(name, { ...args, patches: ofTenant }),
    ),
  };
}

describe("a rendered tree, judged by Flux's own tools,", { skip }, () => {
  const directory = mkdtempSync(join(tmpdir(), "fleet-tree-"));
  let manifests: InstallManifests;
  let fleet: RenderedFleet;

  before(async () => {
    const file = installManifestPath(version);
    const loaded = (await loadInstallManifests([version], { file })).get(version);
    assert.ok(loaded);
    manifests = loaded;
    const declaration = { ...patchedFleet(), flux: { version } };
    fleet = renderFleet("acme", declaration, { installManifests: new Map([[version, loaded]]) });
    for (const { path, text } of fleet.files) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
  });
  after(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it("is built by kustomize into exactly the objects of the manifest list", () => {
    const listed = new Map<string, object[]>();
    for (const { cluster, appliedBy, object } of fleet.manifests) {
      const key = `${cluster} ${String(appliedBy)}`;
      listed.set(key, [...(listed.get(key) ?? []), object]);
    }
    for (const { cluster, object } of fleet.manifests) {
      const { path, sourceRef } = (object["spec"] ?? {}) as {
        path?: string;
        sourceRef?: { name: string };
      };
      const { namespace, name } = object.metadata;
      const key = `${cluster} ${String(namespace)}/${name}`;
      const ours = object.kind === "Kustomization" && sourceRef?.name === "flux-system";
      if (!ours || path === undefined || !existsSync(join(directory, path))) continue;
      const built = documents(run("kustomize", "build", join(directory, path)));
      assert.deepEqual(byIdentity(built), byIdentity(listed.get(key) ?? []), key);
      listed.delete(key);
    }
    assert.deepEqual([...listed.keys()], []);
  });

  it("holds no field that the CRDs of this Flux do not declare", () => {
    const schemas = new Map<string, object>();
    const crds = dataPath("crds");
    for (const entry of readdirSync(crds, { recursive: true, encoding: "utf8" })) {
      if (!entry.endsWith(".yaml")) continue;
      for (const crd of documents(readFileSync(join(crds, entry), "utf8"))) {
        const { group, names, versions } = crd["spec"] as {
          group: string;
          names: { kind: string };
          versions: { name: string; schema: { openAPIV3Schema: unknown } }[];
        };
        for (const { name, schema } of versions) {
          const metadata = { type: "object" };
          const root = strict(schema.openAPIV3Schema) as { properties: object };
          const properties = { ...root.properties, metadata };
          schemas.set(`${group}/${name} ${names.kind}`, { ...root, properties });
        }
      }
    }
    const ajv = new Ajv({ strict: false, allErrors: true });
    let judged = 0;
    for (const { object, cluster } of fleet.manifests) {
      if (!object.apiVersion.includes("toolkit.fluxcd.io")) continue;
      const schema = schemas.get(`${object.apiVersion} ${object.kind}`);
      assert.ok(schema, `${object.apiVersion} ${object.kind} is not served`);
      assert.ok(
        ajv.validate(schema, object),
        `${cluster} ${identity(object)}: ${ajv.errorsText()}`,
      );
      judged++;
    }
    assert.ok(judged > 10);
    const typo = { apiVersion: "x", kind: "x", metadata: {}, spec: { intervall: "1m" } };
    const schema = schemas.get("kustomize.toolkit.fluxcd.io/v1 Kustomization");
    assert.ok(schema && !ajv.validate(schema, typo), "the schemas judge nothing");
  });

  const choices: readonly (readonly FluxComponent[])[] = [
    defaultComponents,
    allComponents,
    ["source-controller", "kustomize-controller"],
    ["source-controller", "kustomize-controller", "image-reflector-controller"],
  ];
  for (const chosen of choices) {
    it(`installs what \`flux install --components\` does for ${chosen.join(", ")}`, () => {
      const exported = documents(
        run("flux", "install", "--export", `--components=${chosen.join(",")}`),
      );
      assert.deepEqual(byIdentity(installObjects(manifests, chosen)), byIdentity(exported));
    });
  }

  it("keeps the hash of gotk-components.yaml that this version of Flux has", () => {
    const texts = fleet.files.filter(({ path }) => path.endsWith("/gotk-components.yaml"));
    assert.equal(texts.length, 2);
    const kept = readFileSync(join(__dirname, "gotk-components.sha256"), "utf8");
    for (const { text } of texts) {
      const sum = createHash("sha256").update(text).digest("hex");
      assert.equal(`${sum}  flux-${version}\n`, kept);
    }
  });

  it("names what `flux create tenant` creates as it does", () => {
    const exported = documents(
      run(
        "flux",
        "create",
        "tenant",
        "shop",
        "--with-namespace=store",
        "--cluster-role=edit",
        "--export",
      ),
    );
    const objects = tenantObjects("shop", {
      namespace: "store",
      source: gitSource({ url: "https://git.example.com/shop", branch: "main" }),
      path: "./",
      role: { kind: "ClusterRole", name: "edit", reason: "as flux does" },
    });
    assert.ok(objects);
    const ours = byIdentity([objects.namespace, ...objects.rights]);
    assert.deepEqual([...ours.keys()], [...byIdentity(exported).keys()]);
    for (const object of exported) {
      const own = ours.get(identity(object)) as KubernetesObject;
      assert.deepEqual(own.metadata.labels, object.metadata.labels);
      assert.deepEqual(own["roleRef"], object["roleRef"]);
    }
  });

  it("lets sops choose the recipients of a tenant's file and encrypt its values only", () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "db", namespace: "payments" },
      data: { password: "aHVudGVyMg==" },
    };
    const encrypted = (
      path: string,
    ): { data: { password: string }; kind: string; sops: { age: { recipient: string }[] } } => {
      const file = join(directory, path);
      writeFileSync(file, JSON.stringify(secret));
      const text = execFileSync(
        partPath("sops"),
        ["--disable-version-check", "encrypt", "--output-type", "json", path],
        { cwd: directory, encoding: "utf8" },
      );
      rmSync(file);
      return JSON.parse(text) as ReturnType<typeof encrypted>;
    };
    const { kind, data, sops } = encrypted("tenants/production/eu-west-1/payments/db.yaml");
    assert.equal(kind, "Secret");
    assert.match(data.password, /^ENC\[AES256_GCM/);
    const declared = wholeFleet();
    const expected = [
      broughtKey(declared.clusters.find(({ name }) => name === "eu-west-1")?.args.age)?.recipient,
      ...(declared.sops?.breakGlass ?? []),
    ];
    assert.deepEqual(sops.age.map(({ recipient }) => recipient).sort(), expected.sort());
    // A cluster without a key has no rule, so nothing can be encrypted for it by mistake.
    assert.throws(() => encrypted("tenants/staging/eu-central-1/search/db.yaml"), /no matching/);
  });
});

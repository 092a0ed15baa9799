import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { FleetArgs, LayerPart, TenantPart } from "../../index.js";
import {
  cluster,
  FleetError,
  helmRelease,
  helmRepository,
  imageTag,
  layer,
  opaqueSecret,
  provider,
  tenant,
} from "../../index.js";
import { unknownValue } from "../../core.js";
import { plainValues, resolveInputs } from "../../components/resolve-inputs.js";
import { isSetterMarked } from "../../manifests/index.js";
import { someFleet, someTenant } from "../fixtures/fleets.js";

const hidden = pulumi.secret("s3cr3t");
const charts = helmRepository("charts", { url: pulumi.output("https://charts.example.com") });

function releaseWith(values: Readonly<Record<string, unknown>>) {
  const chart = { source: charts, name: "web", version: pulumi.output("1.4.0") };
  return helmRelease("web", { chart, values });
}

function shop(values: Readonly<Record<string, unknown>>): TenantPart {
  const args = { ...someTenant("shop").args, sources: [charts], releases: [releaseWith(values)] };
  return tenant("shop", args);
}

function apps(values: Readonly<Record<string, unknown>>): LayerPart {
  const content = { sources: [charts], releases: [releaseWith(values)] };
  return layer("apps", { clusters: "all", base: content, overlays: { production: content } });
}

async function refused(more: Partial<FleetArgs>): Promise<readonly string[]> {
  const error: unknown = await resolveInputs({ ...someFleet(), ...more }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(FleetError.is(error));
  return error.findings.map(({ code, path }) => `${code} ${path}`).sort();
}

describe("Outputs inside of parts", () => {
  it("become values wherever a part is declared", async () => {
    const values = { host: pulumi.output("db.example.com"), list: [pulumi.output("a")] };
    const { tenants, layers, notifications } = await resolveInputs({
      ...someFleet(),
      tenants: [shop(values)],
      layers: [apps(values)],
      notifications: [provider("chat", { type: "slack", channel: pulumi.output("ops") })],
    });
    const contents = [tenants?.[0]?.args, layers?.[0]?.args.base, layers?.[0]?.args.overlays];
    const [ofTenant, ofBase, ofOverlays] = contents;
    const overlay = (ofOverlays as { readonly production?: unknown } | undefined)?.production;
    for (const content of [ofTenant, ofBase, overlay]) {
      const { sources, releases } = content as ReturnType<typeof someTenant>["args"];
      const [source] = sources ?? [];
      assert.equal((source?.args as { readonly url?: unknown }).url, "https://charts.example.com");
      assert.deepEqual(releases?.[0]?.args.values, { host: "db.example.com", list: ["a"] });
      assert.equal((releases[0].args.chart as { version?: unknown }).version, "1.4.0");
    }
    assert.deepEqual(notifications?.[0]?.args, { type: "slack", channel: "ops" });
  });

  it("leave markers of image automation as they are", async () => {
    const tag = imageTag({ policy: { namespace: "flux-system", name: "web" }, tag: "1.3.2" });
    const { tenants } = await resolveInputs({ ...someFleet(), tenants: [shop({ tag })] });
    const found = tenants?.[0]?.args.releases?.[0]?.args.values?.["tag"];
    assert.ok(isSetterMarked(found));
    const plain = plainValues({ ...someFleet(), tenants: [shop({ tag, a: hidden })] });
    assert.deepEqual(plain.tenants?.[0]?.args.releases?.[0]?.args.values, {
      tag,
      a: unknownValue,
    });
  });

  it("are refused when they are secret, whatever their field is called", async () => {
    const values = {
      password: hidden,
      credentials: { token: hidden },
      age: { identity: hidden },
      secrets: { args: { data: { key: hidden } } },
      args: { kubeconfig: hidden },
    };
    const fields = [
      "age.identity",
      "args.kubeconfig",
      "credentials.token",
      "password",
      "secrets.args.data.key",
    ];
    assert.deepEqual(
      await refused({ tenants: [shop(values)] }),
      fields.map((field) => `SECRET_IN_GIT Tenant "shop": releases["web"].values.${field}`),
    );
    const found = await refused({ layers: [apps(values)] });
    assert.deepEqual(
      found.slice(0, fields.length),
      fields.map((field) => `SECRET_IN_GIT Layer "apps": base.releases["web"].values.${field}`),
    );
    assert.equal(found.length, 2 * fields.length);
  });

  it("are refused in objects of a layer under names that are secret elsewhere", async () => {
    const object = {
      ...{ apiVersion: "example.com/v1", kind: "App", metadata: { name: "x" } },
      spec: { credentials: { token: hidden }, push: { token: hidden } },
    };
    assert.deepEqual(
      await refused({ layers: [layer("apps", { clusters: "all", base: { objects: [object] } })] }),
      [
        'SECRET_IN_GIT Layer "apps": base.objects[0].spec.credentials.token',
        'SECRET_IN_GIT Layer "apps": base.objects[0].spec.push.token',
      ],
    );
  });

  it("are left out of what the fleet only refers to", async () => {
    const writer = opaqueSecret("writer", { password: hidden });
    const eu = cluster("eu", { environment: "production", kubeconfig: hidden, secrets: [writer] });
    const { imageUpdates, external } = await resolveInputs({
      ...someFleet(),
      clusters: [eu],
      imageUpdates: {
        runsOn: eu,
        writesTo: { path: "./", secret: writer },
        author: { email: "bot@example.com" },
        signingKey: { secret: writer },
      },
      external: [{ kind: "Namespace", name: "a", clusters: [eu] }],
    });
    const handle = { kind: "secret", name: "writer" };
    assert.deepEqual(imageUpdates?.runsOn, { kind: "cluster", name: "eu" });
    assert.deepEqual(imageUpdates.writesTo.secret, handle);
    assert.deepEqual(imageUpdates.signingKey?.secret, handle);
    assert.deepEqual(external?.[0]?.clusters, [{ kind: "cluster", name: "eu" }]);
  });
});

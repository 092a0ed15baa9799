import type * as pulumi from "@pulumi/pulumi";
import type {
  ClusterPart,
  FleetArgs,
  FleetDeclaration,
  GitSource,
  RenderContext,
  SecretPart,
  TenantPart,
} from "../../core.js";
import {
  cluster,
  dockerConfigSecret,
  gitSource,
  helmRelease,
  helmRepository,
  layer,
  opaqueSecret,
  renderFleet,
  tenant,
} from "../../core.js";

// What must and must not compile; nothing here runs. An unused @ts-expect-error is an error itself.

/** True only when each type can stand for the other. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

declare const secret: pulumi.Output<string>;
declare const context: RenderContext;

const url = "https://git.example.com/x";

// Plain arguments give parts that can be rendered without an engine; Inputs do not.
const plain = cluster("eu", { environment: "production", kubeconfig: "text" });
const resolvedLater = cluster("eu", { environment: "production", kubeconfig: secret });
export const plainCluster: Same<typeof plain, ClusterPart<string>> = true;
export const inputCluster: Same<typeof resolvedLater, ClusterPart> = true;
const publicSource = gitSource({ url, branch: "main" });
export const privateSource: GitSource = gitSource({
  url,
  tag: "v1",
  credentials: { token: secret },
});
export const plainSource: Same<typeof publicSource, GitSource<string>> = true;
const shop = tenant("shop", { clusters: "all", source: publicSource, path: "./" });
export const plainTenant: Same<typeof shop, TenantPart<string>> = true;

// The values of a Secret may be Inputs, alone or beside texts; its labels may not.
const mixed = dockerConfigSecret("a", {
  registries: { "ghcr.io": { username: "ann", password: secret } },
});
export const plainSecret: SecretPart<string> = opaqueSecret("a", { key: "text" });
export const inputSecret: SecretPart = mixed;
// @ts-expect-error: what is not known before cannot be rendered without an engine
export const unresolvedSecret: SecretPart<string> = mixed;
// @ts-expect-error: labels are committed as plain text
opaqueSecret("a", { key: "text" }, { labels: { team: secret } });

const repository = { url, branch: "main", push: { token: "t" } };
const flux = { version: "2.9.4" };
const declaration: FleetDeclaration = { repository, flux, clusters: [plain], tenants: [shop] };
renderFleet("acme", declaration, context);
// Plain values are Inputs too.
export const asArguments: FleetArgs = declaration;
export const withInputs: FleetArgs = { repository, flux, clusters: [plain, resolvedLater] };
// @ts-expect-error an Output has to be resolved before rendering
export const unresolved: FleetDeclaration = { repository, flux, clusters: [resolvedLater] };

// References are parts, of the right kind.
const base = layer("base", { clusters: [plain], directory: "./base" });
layer("next", { clusters: { ring: "canary" }, directory: "./next", dependsOn: [base, shop] });
// @ts-expect-error a name is no reference
layer("next", { clusters: "all", directory: "./next", dependsOn: ["base"] });
// @ts-expect-error nothing depends on a cluster
layer("next", { clusters: "all", directory: "./next", dependsOn: [plain] });
// @ts-expect-error a layer is no cluster
tenant("shop", { clusters: [base], source: publicSource, path: "./" });
// @ts-expect-error there is no other word for every cluster
tenant("shop", { clusters: "every", source: publicSource, path: "./" });

// A list of clusters holds clusters and properties.
layer("next", {
  clusters: [resolvedLater, { ring: ["canary", "rest"], labels: { cloud: ["aws", "gcp"] } }],
  directory: "./next",
});
// @ts-expect-error no cluster has a region
layer("next", { clusters: [plain, { region: "eu" }], directory: "./next" });

// What a tenant is may differ, who it is may not.
const shared = { clusters: "all", source: publicSource, path: "./" } as const;
tenant("shop", { ...shared, overrides: { rings: { canary: { path: "./next" } } } });
// @ts-expect-error a tenant has one Namespace
tenant("shop", { ...shared, overrides: { rings: { canary: { namespace: "next" } } } });
// @ts-expect-error rings are a table by name, not a list
tenant("shop", { ...shared, overrides: { ring: { canary: { path: "./next" } } } });

// A part leaves with a reason, changes hands by name, and was called something.
cluster("eu", { environment: "production", formerly: "frankfurt", retire: { reason: "closed" } });
// @ts-expect-error a cluster is not retired without a reason
cluster("eu", { environment: "production", retire: true });
tenant("shop", { ...shared, applier: "pulumi", formerly: "store" });
// @ts-expect-error only Flux and Pulumi apply objects
tenant("shop", { ...shared, applier: "kubectl" });
// @ts-expect-error a patch names the kind that it changes
tenant("shop", { ...shared, patches: [{ target: { name: "shop" }, patch: {} }] });
// @ts-expect-error who applies a tenant is the same on all of its clusters
tenant("shop", { ...shared, overrides: { clusters: { eu: { applier: "pulumi" } } } });

// A source names exactly one revision.
// @ts-expect-error no revision is named
gitSource({ url });
// @ts-expect-error two revisions are named
gitSource({ url, branch: "main", tag: "v1" });

// A misspelt argument does not compile.
// @ts-expect-error there is no argument "enviroment"
cluster("eu", { enviroment: "production" });
// @ts-expect-error there is no argument "intervall"
tenant("shop", { clusters: "all", source: publicSource, path: "./", intervall: "1m" });

// What weakens a default takes a reason.
// @ts-expect-error the reason is missing
cluster("eu", { environment: "production", lockdown: { disabled: true } });
// @ts-expect-error false is not a reason either
cluster("eu", { environment: "production", lockdown: false });
const edit = { kind: "ClusterRole", name: "edit" } as const;
// @ts-expect-error the reason is missing
tenant("shop", { clusters: "all", source: publicSource, path: "./", role: edit });
const root = { kind: "ClusterRole", name: "cluster-admin", reason: "all of it" } as const;
// @ts-expect-error no tenant is cluster-admin
tenant("shop", { clusters: "all", source: publicSource, path: "./", role: root });

// Parts are frozen.
// @ts-expect-error a part is read-only
plain.name = "us";
// @ts-expect-error a part is read-only
shop.args.path = "./other";

// Parts inside of parts: Inputs where they are not structure, and references by value.
const charts = helmRepository("charts", { url: secret });
const chart = { source: charts, name: "web", version: secret };
const web = helmRelease("web", { chart, values: { host: secret } });
const writer = { runsOn: plain, author: { email: "bot@example.com" } };
const writesTo = { path: "./", secret: opaqueSecret("writer", { password: "p" }) };
tenant("shop", {
  ...shared,
  sources: [charts],
  releases: [web],
  imageUpdates: { ...writer, writesTo },
});
layer("apps", {
  clusters: "all",
  overlays: { production: { sources: [charts], releases: [web] } },
});
// @ts-expect-error a release is no source
tenant("shop", { ...shared, sources: [web] });
// @ts-expect-error images are looked for on one cluster, which has to be named
tenant("shop", { ...shared, imageUpdates: { author: writer.author, writesTo } });
// @ts-expect-error a layer has no images of its own
layer("apps", { clusters: "all", base: { images: [] } });

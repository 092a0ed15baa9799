import type { FluxObject, HelmReleaseSpec, Kustomization } from "../../api/index.js";
import { gitRepository, helmRelease, kustomization, provider } from "../../api/index.js";
import type { KubernetesObject } from "../../core.js";
import { layer, variable } from "../../core.js";

// What must and must not compile; nothing here runs. An unused @ts-expect-error is an error itself.

const metadata = { name: "app", namespace: "apps" };
const sourceRef = { kind: "GitRepository", name: "app" } as const;

// A typed object is an object that a layer takes, and the kind tells the type.
const app = kustomization(metadata, { sourceRef, interval: "10m", prune: true });
layer("apps", { clusters: "all", base: { objects: [app] } });
export const plain: KubernetesObject = app;
export function pathOf(object: FluxObject): string | undefined {
  return object.kind === "Kustomization" ? object.spec.path : undefined;
}

// Text may hold variables, and what is optional may be undefined.
kustomization(metadata, {
  sourceRef,
  interval: variable("INTERVAL"),
  prune: true,
  timeout: Math.random() > 0.5 ? "3m" : undefined,
});
// A part of a spec has a name of its own.
export const install: HelmReleaseSpec["install"] = { crds: "CreateReplace" };

// @ts-expect-error what is required cannot be left out
kustomization(metadata, { sourceRef, interval: "10m" });

// @ts-expect-error a field that does not exist
kustomization(metadata, { sourceRef, interval: "10m", prune: true, timeot: "3m" });

// @ts-expect-error a field in the wrong place
helmRelease(metadata, { interval: "10m", upgrade: { rollback: {} } });

const charts = { kind: "HelmRepository", name: "charts" } as const;
// @ts-expect-error a value that is none of the choices
kustomization(metadata, { sourceRef: charts, interval: "1m", prune: true });

// @ts-expect-error a number is no duration
gitRepository(metadata, { url: "https://git.example.com/a", interval: 60 });

// @ts-expect-error a type that no provider has
provider(metadata, { type: "pigeon" });

// @ts-expect-error an object needs a name
provider({ namespace: "apps" }, { type: "slack" });

// @ts-expect-error an object is frozen
app.spec.interval = "1m";

// @ts-expect-error another kind
export const wrong: Kustomization = helmRelease(metadata, { interval: "10m" });

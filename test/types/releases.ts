import {
  artifactGenerator,
  bucket,
  gitRepository,
  helmRelease,
  helmRepository,
  ociRepository,
} from "../../core.js";
import type { ReleasePart } from "../../core.js";

// What can and cannot be written about sources and releases; nothing here runs. An
// expected error that does not come is an error itself.

const git = gitRepository("git", { url: "https://git.example.com/a", ref: { branch: "main" } });
const artifact = ociRepository("oci", { url: "oci://r.example.com/a", ref: { tag: "1.0.0" } });
const charts = helmRepository("charts", { url: "https://charts.example.com" });

// Plain values stay plain.
export const plain: ReleasePart<string> = helmRelease("web", { chart: { source: artifact } });

// Each kind of source has its own way to name a chart.
helmRelease("web", { chart: { source: charts, name: "web", version: "1.0.0" } });
helmRelease("web", { chart: { source: git, path: "./charts/web" } });
// @ts-expect-error a repository of charts needs the name of one
helmRelease("web", { chart: { source: charts } });
// @ts-expect-error a chart in Git has a path
helmRelease("web", { chart: { source: git, name: "web", version: "1.0.0" } });
// @ts-expect-error the version of an artifact is the ref of its source
helmRelease("web", { chart: { source: artifact, version: "1.0.0" } });
// @ts-expect-error a source is a part or a reference, never a name
helmRelease("web", { chart: { source: "charts", name: "web", version: "1.0.0" } });

// A release depends on releases.
// @ts-expect-error a source is no release
helmRelease("web", { chart: { source: artifact }, dependsOn: [git] });

// A range of an artifact needs a reason.
// @ts-expect-error the reason is missing
ociRepository("oci", { url: "oci://r.example.com/a", ref: { semver: "1.x" } });

// A signature has a key, or names who signs.
ociRepository("oci", {
  url: "oci://r.example.com/a",
  ref: { tag: "1.0.0" },
  // @ts-expect-error nobody is named
  verify: { provider: "cosign" },
});

// The typed spec has the fields of the kind and no others.
// @ts-expect-error there is no such field
bucket("b", { bucketName: "a", endpoint: "b", spec: { url: "https://a" } });

// A generator cuts what holds files.
artifactGenerator("cut", {
  // @ts-expect-error a repository of charts holds no files of its own
  sources: [{ source: charts }],
  artifacts: [{ name: "a", copy: [{ from: "@charts/a", to: "@artifact/" }] }],
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubernetesObject } from "../../core.js";
import { pollFindings, pollRates, pollReport } from "../../graph/polls.js";
import { object } from "../fixtures/placed.js";

/** What one cluster asks for. */
function ratesOf(...objects: readonly KubernetesObject[]): Readonly<Record<string, number>> {
  return ratesOn(["eu"], objects);
}

function ratesOn(
  clusters: readonly string[],
  objects: readonly KubernetesObject[],
): Readonly<Record<string, number>> {
  const placed = clusters.flatMap((cluster) => objects.map((one) => ({ object: one, cluster })));
  return Object.fromEntries(pollRates(placed).map(({ host, perHour }) => [host, perHour]));
}

const git = { url: "https://github.com/acme/fleet-infra", interval: "1m" };
const image = { image: "ghcr.io/acme/web", interval: "5m" };

describe("the rate of polls", () => {
  it("is that of every source on every cluster", () => {
    const objects = [
      object("GitRepository", "flux-system", git),
      object("GitRepository", "a/a", { url: "ssh://git@github.com/acme/a", interval: "10m" }),
      object("OCIRepository", "b", { url: "oci://ghcr.io/acme/b", interval: "30m" }),
      object("HelmRepository", "c", { url: "https://charts.example.com", interval: "1h" }),
      object("Bucket", "d", { endpoint: "minio.example.com:9000", interval: "2m30s" }),
    ];
    assert.deepEqual(ratesOn(["eu", "us", "ap"], objects), {
      "github.com": 198,
      "minio.example.com:9000": 72,
      "ghcr.io": 6,
      "charts.example.com": 3,
    });
  });

  it("counts an image at its registry, and one without host at Docker Hub", () => {
    const objects = ["nginx", "acme/web", "localhost/web", "127.0.0.1:5000/web", "ghcr.io/a"].map(
      (name, index) =>
        object("ImageRepository", `i${String(index)}`, { image: name, interval: "1h" }),
    );
    assert.deepEqual(ratesOf(...objects), {
      "docker.io": 2,
      "127.0.0.1:5000": 1,
      "ghcr.io": 1,
      localhost: 1,
    });
  });

  it("counts every look at markers, though the source with the key is suspended", () => {
    const writer = object("GitRepository", "w", { ...git, suspend: true });
    const update = object("ImageUpdateAutomation", "w", {
      interval: "6m",
      sourceRef: { kind: "GitRepository", name: "w" },
    });
    assert.deepEqual(ratesOf(writer, update), { "github.com": 10 });
  });

  it("counts charts of a registry one by one, and others at their index", () => {
    const release = (name: string, repository: string): KubernetesObject =>
      object("HelmRelease", name, {
        interval: "15m",
        chart: { spec: { sourceRef: { kind: "HelmRepository", name: repository } } },
      });
    const registry = { type: "oci", url: "oci://ghcr.io/charts", interval: "5m" };
    const index = { url: "https://charts.example.com/stable", interval: "1h" };
    const objects = [
      release("a", "registry"),
      release("b", "registry"),
      release("c", "index"),
      object("HelmRepository", "registry", registry),
      object("HelmRepository", "index", index),
    ];
    assert.deepEqual(ratesOf(...objects), { "ghcr.io": 8, "charts.example.com": 1 });
  });

  it("is none for what is suspended or not known yet", () => {
    const objects = [
      object("ImageRepository", "a", { ...image, suspend: true }),
      object("ImageRepository", "b", { ...image, interval: "${INTERVAL}" }),
      object("GitRepository", "c", { ...git, url: "${URL}" }),
    ];
    assert.deepEqual(ratesOf(...objects), {});
  });
});

describe("a limit of polls", () => {
  const rates = pollRates([{ object: object("ImageRepository", "a", image), cluster: "eu" }]);

  it("is kept up to and including its number", () => {
    assert.deepEqual(pollFindings(rates, { "ghcr.io": 12, "quay.io": 1 }), []);
    const [finding] = pollFindings(rates, { "ghcr.io": 11 });
    assert.equal(finding?.code, "POLL_LIMIT");
    assert.equal(finding.path, 'polling.limits["ghcr.io"]');
    assert.match(finding.problem, /12 times an hour, and 11 are allowed/);
  });

  it("must be a whole number above zero", () => {
    for (const limit of [0, -1, 1.5, "12", Number.NaN]) {
      const [finding] = pollFindings(rates, { "ghcr.io": limit });
      assert.equal(finding?.code, "INVALID_ARGUMENT", String(limit));
    }
  });

  it("is told beside the rate, for the busiest hosts", () => {
    assert.equal(pollReport(rates, { "ghcr.io": 20 }), "polls per hour: ghcr.io 12 of 20");
    const many = Array.from({ length: 10 }, (_, index) => ({
      host: `h${String(index)}`,
      perHour: 1,
    }));
    assert.match(pollReport(many), /h7 1, and 2 more hosts$/);
  });
});

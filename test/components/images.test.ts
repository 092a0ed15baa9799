import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ImageAutomationArgs, ImageAutomationPart, ImageUpdatesArgs } from "../../core.js";
import { cluster, gitCredentialsSecret, imageAutomation } from "../../core.js";
import { imageUpdatesOf } from "../../components/image/image-updates.js";
import { imageObjects } from "../../components/image/manifests.js";
import type { ImagePlace } from "../../components/image/manifests.js";
import { imageFindings } from "../../components/image/validation.js";

const eu = cluster("eu", { environment: "production", kubeconfig: "kubeconfig-text" });

const place: ImagePlace = {
  namespace: "shop",
  serviceAccountName: "shop",
  labels: { "toolkit.fluxcd.io/tenant": "shop" },
  source: { url: "https://git.example.com/apps/shop", branch: "main" },
};

function web(more: Partial<ImageAutomationArgs> = {}): ImageAutomationPart {
  const policy = { semver: ">=1.0.0 <2.0.0" };
  return imageAutomation("web", { image: "ghcr.io/acme/web", policy, ...more });
}

function updates(more: Partial<ImageUpdatesArgs> = {}): ImageUpdatesArgs {
  return imageUpdatesOf({
    runsOn: eu,
    writesTo: { path: "deploy", secret: { name: "writer" } },
    author: { name: "Flux", email: "flux@example.com" },
    ...more,
  });
}

const metadata = {
  namespace: "shop",
  labels: { "toolkit.fluxcd.io/tenant": "shop" },
};

describe("an image", () => {
  it("is an ImageRepository with its ImagePolicy, in the Namespace of its owner", () => {
    assert.deepEqual(imageObjects([web()], undefined, place), [
      {
        apiVersion: "image.toolkit.fluxcd.io/v1",
        kind: "ImageRepository",
        metadata: { name: "web", ...metadata },
        spec: { image: "ghcr.io/acme/web", interval: "5m" },
      },
      {
        apiVersion: "image.toolkit.fluxcd.io/v1",
        kind: "ImagePolicy",
        metadata: { name: "web", ...metadata },
        spec: {
          imageRepositoryRef: { name: "web" },
          policy: { semver: { range: ">=1.0.0 <2.0.0" } },
        },
      },
    ]);
  });

  it("has every choice, a filter, a login, a reason and fields of its own", () => {
    const secret = gitCredentialsSecret("registry", { token: "not-to-be-seen" });
    const filterTags = { pattern: "^main-(?P<ts>[0-9]+)$", extract: "$ts" };
    const [repository, policy] = imageObjects(
      [
        web({
          policy: { numerical: "desc" },
          ...{ filterTags, secret, interval: "10m", provider: "aws", reason: "one by one" },
          digestReflection: "Always",
          spec: {
            repository: { exclusionList: ["^.*\\.sig$", "^dev-"], timeout: "30s" },
            policy: { filterTags: { pattern: "^prod-" } },
          },
        }),
      ],
      undefined,
      place,
    );
    assert.deepEqual(repository?.["spec"], {
      exclusionList: ["^.*\\.sig$", "^dev-"],
      image: "ghcr.io/acme/web",
      interval: "10m",
      provider: "aws",
      secretRef: { name: "registry" },
      timeout: "30s",
    });
    assert.deepEqual(policy?.["spec"], {
      digestReflectionPolicy: "Always",
      filterTags: { pattern: "^prod-", extract: "$ts" },
      imageRepositoryRef: { name: "web" },
      interval: "10m",
      policy: { numerical: { order: "desc" } },
    });
    assert.deepEqual(policy.metadata.annotations, {
      "pulumi-flux-fleet/float-reason": "one by one",
    });
    const [, alphabetical] = imageObjects(
      [web({ policy: { alphabetical: "asc" } })],
      undefined,
      place,
    );
    assert.deepEqual((alphabetical?.["spec"] as { policy: unknown }).policy, {
      alphabetical: { order: "asc" },
    });
  });

  it("holds no secret of the parts that it refers to", () => {
    const secret = gitCredentialsSecret("registry", { token: "not-to-be-seen" });
    const parts = [web({ secret }), updates({ writesTo: { path: ".", secret } })];
    assert.doesNotMatch(JSON.stringify(parts), /not-to-be-seen|kubeconfig-text/);
  });
});

describe("who writes tags", () => {
  const [source, automation] = imageObjects([], updates(), place);

  it("reads the repository with a login of its own, and only when there is something to write", () => {
    assert.deepEqual(source, {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: "image-updates", ...metadata },
      spec: {
        interval: "60m",
        ref: { branch: "main" },
        secretRef: { name: "writer" },
        suspend: true,
        url: "https://git.example.com/apps/shop",
      },
    });
  });

  it("is one ImageUpdateAutomation for branch and directory", () => {
    assert.deepEqual(automation?.["spec"], {
      git: {
        checkout: { ref: { branch: "main" } },
        commit: {
          author: { name: "Flux", email: "flux@example.com" },
          messageTemplate:
            'Update images\n\n{{ range .Changed.Changes }}{{ println .Setter .OldValue "->" .NewValue }}{{ end }}',
        },
        push: { branch: "main" },
      },
      interval: "5m",
      sourceRef: { kind: "GitRepository", name: "image-updates" },
      update: { path: "./deploy", strategy: "Setters" },
    });
  });

  it("may sign, push elsewhere, say more and skip workflows", () => {
    const [, object] = imageObjects(
      [],
      updates({
        writesTo: {
          path: "./",
          branch: "release",
          push: { branch: "image-updates", options: { "merge_request.create": "" } },
          secret: { name: "writer" },
        },
        signingKey: { secret: { name: "key" }, type: "ssh" },
        message: "{{ .Values.team }}",
        messageValues: { team: "shop" },
        skipCi: true,
        interval: "30m",
        spec: { automation: { policySelector: { matchLabels: { team: "shop" } } } },
      }),
      place,
    );
    assert.deepEqual(object?.["spec"], {
      git: {
        checkout: { ref: { branch: "release" } },
        commit: {
          author: { name: "Flux", email: "flux@example.com" },
          messageTemplate: "{{ .Values.team }}\n\n[skip ci]",
          messageTemplateValues: { team: "shop" },
          signingKey: { secretRef: { name: "key" }, type: "ssh" },
        },
        push: { branch: "image-updates", options: { "merge_request.create": "" } },
      },
      interval: "30m",
      policySelector: { matchLabels: { team: "shop" } },
      sourceRef: { kind: "GitRepository", name: "image-updates" },
      update: { path: "./", strategy: "Setters" },
    });
  });
});

/** `CODE path` of every finding. */
function codes(
  parts: readonly ImageAutomationPart[],
  to: ImageUpdatesArgs | undefined = updates(),
  at: ImagePlace = place,
): readonly string[] {
  return imageFindings(parts, to, at, 'Tenant "shop": ').map(
    ({ code, path }) => `${code} ${path.replace('Tenant "shop": ', "")}`,
  );
}

describe("an image that Flux could not look for is found", () => {
  const cases: readonly [string, Partial<ImageAutomationArgs>, string][] = [
    ["with a tag", { image: "ghcr.io/acme/web:1.0.0" }, "INVALID_URL web.image"],
    [
      "with a digest",
      { image: `ghcr.io/acme/web@sha256:${"0".repeat(64)}` },
      "INVALID_URL web.image",
    ],
    ["with a scheme", { image: "https://ghcr.io/acme/web" }, "INVALID_URL web.image"],
    ["with capitals", { image: "ghcr.io/Acme/web" }, "INVALID_URL web.image"],
    ["with no range", { policy: { semver: "newest" } }, "INVALID_REF web.policy.semver"],
    ["with a bad interval", { interval: "5 minutes" }, "INVALID_DURATION web.interval"],
    [
      "with an open group",
      { filterTags: { pattern: "^(a" } },
      "INVALID_ARGUMENT web.filterTags.pattern",
    ],
    [
      "that looks ahead",
      { filterTags: { pattern: "^(?!dev)" } },
      "INVALID_ARGUMENT web.filterTags.pattern",
    ],
    ["with an empty reason", { reason: " " }, "MISSING_REASON web.reason"],
    [
      "renamed in spec",
      { spec: { repository: { image: "x" } } },
      "PATCH_REFUSED web.spec.repository.image",
    ],
    [
      "lent to other Namespaces",
      { spec: { repository: { accessFrom: { namespaceSelectors: [] } } } },
      "PATCH_REFUSED web.spec.repository.accessFrom",
    ],
    [
      "with another choice in spec",
      { spec: { policy: { policy: { semver: { range: "*" } } } } },
      "PATCH_REFUSED web.spec.policy.policy",
    ],
  ];
  for (const [title, more, expected] of cases) {
    it(title, () => {
      assert.deepEqual(codes([web(more)]), [expected.replace(" web", ' images["web"]')]);
    });
  }

  it("with two ways to choose, or none", () => {
    for (const policy of [{ semver: "1.x", numerical: "asc" }, {}]) {
      const odd = { ...web(), args: { ...web().args, policy } } as unknown as ImageAutomationPart;
      assert.deepEqual(codes([odd]), ['INVALID_ARGUMENT images["web"].policy']);
    }
  });

  it("twice under one name, and with nobody who writes its tags", () => {
    assert.deepEqual(codes([web(), web()]), ['DUPLICATE_IDENTITY images["web"]']);
    assert.deepEqual(
      imageFindings([web()], undefined, place, "").map(({ path }) => path),
      ["images"],
    );
  });

  it("but ports, inline flags and named groups are fine", () => {
    for (const image of ["127.0.0.1:5000/acme/web", "nginx", "a.b-c.example/x_y/z__a"]) {
      assert.deepEqual(codes([web({ image })]), []);
    }
    for (const pattern of ["(?i)^MAIN-(?P<ts>\\d+)$", "^[a-z]+(?:-[0-9]+)?$"]) {
      assert.deepEqual(codes([web({ filterTags: { pattern, extract: "$ts" } })]), []);
    }
  });
});

describe("an automation that could not write is found", () => {
  const to = (more: object): Partial<ImageUpdatesArgs> => ({
    writesTo: { path: "deploy", secret: { name: "writer" }, ...more },
  });
  const cases: readonly [string, Partial<ImageUpdatesArgs>, string][] = [
    ["outside of the repository", to({ path: "../x" }), "INVALID_PATH writesTo.path"],
    ["to no branch name", to({ push: { branch: "-f" } }), "INVALID_REF writesTo.push.branch"],
    ["without an address", { author: { email: "flux" } }, "INVALID_ARGUMENT author.email"],
    ["with a bad interval", { interval: "1d" }, "INVALID_DURATION interval"],
    [
      "with the article's message",
      { message: "{{ .Updated.Images }}" },
      "INVALID_TEMPLATE message",
    ],
    [
      "to another repository in spec",
      { spec: { source: { url: "https://x.example" } } },
      "PATCH_REFUSED spec.source.url",
    ],
    [
      "to another branch in spec",
      { spec: { automation: { git: { push: { branch: "x" } } } } },
      "PATCH_REFUSED spec.automation.git.push",
    ],
  ];
  for (const [title, more, expected] of cases) {
    it(title, () => {
      const [code = "", path = ""] = expected.split(" ");
      assert.deepEqual(codes([web()], updates(more)), [`${code} imageUpdates.${path}`]);
    });
  }

  it("to a source that follows no branch, unless one is named", () => {
    const tagged = { ...place, source: { url: place.source.url } };
    assert.deepEqual(codes([web()], updates(), tagged), [
      "INVALID_ARGUMENT imageUpdates.writesTo.branch",
    ]);
    assert.deepEqual(codes([web()], updates(to({ branch: "main" })), tagged), []);
  });

  it("with the login that every cluster reads with", () => {
    const platform = { ...place, namespace: "flux-system" };
    assert.deepEqual(codes([web()], updates(to({ secret: { name: "flux-system" } })), platform), [
      "INVALID_ARGUMENT imageUpdates.writesTo.secret",
    ]);
  });
});

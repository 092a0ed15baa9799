import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkObject, supportedLines } from "../../api/index.js";
import { sourceObjects } from "../../components/source/manifests.js";
import { sourcesShape } from "../../components/source/shape.js";
import { sourceFindings } from "../../components/source/validation.js";
import type { GitRepositoryArgs, KubernetesObject, SourcePart } from "../../core.js";
import {
  artifactGenerator,
  bucket,
  gitCredentialsSecret,
  gitRepository,
  helmRepository,
  ociRepository,
} from "../../core.js";
import { shapeFindings } from "../../graph/values/shapes.js";
import { unknownValue } from "../../graph/values/unknown-value.js";
import { formsOf, sourceForms } from "../fixtures/release-forms.js";

const place = {
  namespace: "shop",
  serviceAccountName: "shop",
  labels: { "toolkit.fluxcd.io/tenant": "shop" },
};
const url = "https://git.example.com/acme/charts";
const registry = "oci://registry.example.com/charts/web";

function rendered(part: SourcePart<string>): KubernetesObject {
  const [object, ...others] = sourceObjects(part, place);
  assert.ok(object !== undefined && others.length === 0);
  return object;
}

/** `CODE where` of every finding. */
function found(part: SourcePart<string>): readonly string[] {
  return sourceFindings(part, place, "at").map(({ code, path }) => `${code} ${path}`);
}

describe("a source", () => {
  for (const line of supportedLines) {
    it(`is one that Flux ${line} takes, in each of its forms`, () => {
      const forms = formsOf(sourceForms, line);
      assert.ok(forms.length >= 15, String(forms.length));
      for (const part of forms) {
        assert.deepEqual(checkObject(rendered(part), line, part.name), [], part.name);
        assert.deepEqual(found(part), [], part.name);
      }
    });
  }

  it("has the shape that callers without types are held to, in each of its forms", () => {
    const parts = sourceForms.map(({ part }) => part);
    assert.deepEqual(shapeFindings(parts, sourcesShape, "sources"), []);
    const wrong = [{ ...parts[0], args: { ...parts[0]?.args, url: 1, sparse: true } }];
    assert.deepEqual(
      shapeFindings(wrong, sourcesShape, "sources").map(({ path }) => path),
      ["sources[0].args.sparse", "sources[0].args.url"],
    );
  });

  it("lives where its owner does, and polls as often as its kind needs", () => {
    const git = gitRepository("charts", { url, ref: { tag: "v1" }, secret: { name: "login" } });
    assert.deepEqual(rendered(git), {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "GitRepository",
      metadata: { name: "charts", namespace: "shop", labels: place.labels },
      spec: { interval: "5m", ref: { tag: "v1" }, secretRef: { name: "login" }, url },
    });
    const intervals = [
      ociRepository("a", { url: registry, ref: { tag: "1.0.0" } }),
      helmRepository("a", { url: "https://charts.example.com" }),
      bucket("a", { bucketName: "a", endpoint: "s3.example.com" }),
    ].map((part) => (rendered(part)["spec"] as { interval: string }).interval);
    assert.deepEqual(intervals, ["10m", "60m", "5m"]);
  });

  it("holds no value of the Secret that it names", () => {
    const secret = gitCredentialsSecret("login", { token: "canary-token" });
    const parts = [
      gitRepository("a", { url, ref: { branch: "main" }, secret, verify: { secret } }),
      ociRepository("a", {
        ...{ url: registry, ref: { tag: "1" }, secret, certSecret: secret, proxySecret: secret },
        verify: { provider: "notation", secret },
      }),
      helmRepository("a", { url, secret, certSecret: secret }),
      bucket("a", {
        ...{ bucketName: "a", endpoint: "a", secret, certSecret: secret, proxySecret: secret },
        sts: { provider: "ldap", endpoint: "https://a", secret, certSecret: secret },
      }),
    ];
    for (const part of parts) {
      assert.doesNotMatch(JSON.stringify(part), /canary/);
      assert.match(JSON.stringify(rendered(part)), /"login"/);
    }
  });

  it("is merged with its typed spec field by field, except for what its arguments decide", () => {
    const verify = { secret: { name: "signers" } };
    const spec = { verify: { mode: "Tag" }, sparseCheckout: ["b"] } as const;
    const part = gitRepository("a", {
      ...{ url, ref: { branch: "main" }, sparseCheckout: ["a", "c"], verify, spec },
    });
    const merged = rendered(part)["spec"] as Readonly<Record<string, unknown>>;
    assert.deepEqual(merged["verify"], { mode: "Tag", secretRef: { name: "signers" } });
    assert.deepEqual(merged["sparseCheckout"], ["b"]);
    const taken = { url: "https://other.example.com/a", suspend: true, serviceAccountName: "x" };
    assert.deepEqual(found(gitRepository("a", { url, ref: { branch: "main" }, spec: taken })), [
      "PATCH_REFUSED at.spec.suspend",
      "PATCH_REFUSED at.spec.serviceAccountName",
      "PATCH_REFUSED at.spec.url",
    ]);
  });
});

describe("the address of a source", () => {
  const git = (address: string) => found(gitRepository("a", { url: address, ref: { tag: "v1" } }));
  const oci = (address: string) => found(ociRepository("a", { url: address, ref: { tag: "v1" } }));

  it("is one that its kind reads", () => {
    assert.deepEqual(git("ssh://git@git.example.com:2222/a.git"), []);
    assert.deepEqual(git(unknownValue), []);
    assert.deepEqual(oci("oci://localhost:5000/a/b"), []);
    for (const wrong of [registry, "git@git.example.com:a.git", "", "https://", "https://a/../b"]) {
      assert.deepEqual(git(wrong), ["INVALID_URL at.url"], wrong);
    }
    for (const wrong of ["https://a/b", "oci://a/b:1.0", "oci://a/b@sha256:0"]) {
      assert.deepEqual(oci(wrong), ["INVALID_URL at.url"], wrong);
    }
  });

  it("holds no credentials, and none are shown", () => {
    const secret = "canary";
    for (const wrong of [
      `https://${secret}@git.example.com/a`,
      `ssh://git:${secret}@git.example.com/a`,
      `https://git.example.com/a?token=${secret}`,
    ]) {
      const part = gitRepository("a", { url: wrong, ref: { tag: "v1" } });
      const findings = sourceFindings(part, place, "at");
      assert.deepEqual(
        findings.map(({ code }) => code),
        ["CREDENTIALS_IN_URL"],
      );
      assert.doesNotMatch(JSON.stringify(findings), /canary/);
    }
  });
});

describe("the revision of a source", () => {
  it("is one that git or a registry can have", () => {
    const git = (ref: GitRepositoryArgs<string>["ref"]) => found(gitRepository("a", { url, ref }));
    assert.deepEqual(git({ branch: "-x" }), ["INVALID_REF at.ref.branch"]);
    assert.deepEqual(git({ commit: "abc" }), ["INVALID_REF at.ref.commit"]);
    assert.deepEqual(git({ name: "main" }), ["INVALID_REF at.ref.name"]);
    assert.deepEqual(git({ semver: "newest" }), ["INVALID_REF at.ref.semver"]);
    const oci = (ref: { tag: string } | { digest: string }) =>
      found(ociRepository("a", { url: registry, ref }));
    assert.deepEqual(oci({ digest: "sha256:1" }), ["INVALID_REF at.ref.digest"]);
    assert.deepEqual(oci({ tag: "a b" }), ["INVALID_REF at.ref.tag"]);
  });

  it("of an artifact moves only within a range for which a reason is written", () => {
    const oci = (ref: { tag: string } | { semver: string; reason: string }) =>
      ociRepository("a", { url: registry, ref });
    assert.deepEqual(found(oci({ tag: "latest" })), ["FLOATING_VERSION at.ref.tag"]);
    assert.deepEqual(found(oci({ semver: "1.x", reason: " " })), ["MISSING_REASON at.ref.reason"]);
    const explained = oci({ semver: "1.x", reason: "the canary" });
    assert.deepEqual(found(explained), []);
    assert.deepEqual(rendered(explained).metadata.annotations, {
      "pulumi-flux-fleet/float-reason": "the canary",
    });
  });
});

describe("the reason of a moving source", () => {
  it("stands where reviewers and the check of several clusters look for it", () => {
    for (const ref of [
      { branch: "main", reason: "demo" },
      { semver: "1.x", reason: "demo" },
    ]) {
      const object = rendered(gitRepository("a", { url, ref }));
      assert.deepEqual(object.metadata.annotations, { "pulumi-flux-fleet/float-reason": "demo" });
      assert.doesNotMatch(JSON.stringify(object["spec"]), /demo/);
    }
    assert.equal(
      rendered(gitRepository("a", { url, ref: { branch: "main" } })).metadata.annotations,
      undefined,
    );
  });
});

describe("a signature without a key", () => {
  it("names who may sign, from the first to the last character", () => {
    const verified = (identities: readonly { issuer: string; subject: string }[]) =>
      found(
        ociRepository("a", {
          ...{ url: registry, ref: { tag: "1.0.0" } },
          verify: { provider: "cosign", identities },
        }),
      );
    const issuer = "^https://issuer.example.com$";
    assert.deepEqual(verified([{ issuer, subject: "^https://git.example.com/acme/.*$" }]), []);
    assert.deepEqual(verified([]), ["INVALID_ARGUMENT at.verify.identities"]);
    for (const subject of ["https://a/b", "^https://a/b", "https://a/b$"]) {
      assert.deepEqual(verified([{ issuer, subject }]), [
        "INVALID_ARGUMENT at.verify.identities[0].subject",
      ]);
    }
  });
});

describe("a generator of artifacts", () => {
  it("knows every alias, and makes each artifact once", () => {
    const source = { kind: "source", name: "repo", type: "GitRepository" } as const;
    const copy = [{ from: "@repo/a", to: "@artifact/" }];
    const generator = (
      sources: Parameters<typeof artifactGenerator>[1]["sources"],
      artifacts: Parameters<typeof artifactGenerator>[1]["artifacts"],
    ) => found(artifactGenerator("a", { sources, artifacts }));
    assert.deepEqual(generator([{ source }], [{ name: "web", copy }]), []);
    assert.deepEqual(
      generator(
        [{ source }, { source, alias: "repo" }],
        [
          { name: "web", copy },
          { name: "web", copy: [{ from: "@other/a", to: "@artifact/" }], revision: "@none" },
        ],
      ),
      [
        "DUPLICATE_IDENTITY at.sources[1].alias",
        "DUPLICATE_IDENTITY at.artifacts[1].name",
        "DANGLING_REFERENCE at.artifacts[1].copy[0].from",
        "DANGLING_REFERENCE at.artifacts[1].revision",
      ],
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decideIdentity,
  revisionCommit,
  safeMessage,
  sharedIdentities,
} from "../../cluster/index.js";
import type { KubeObject } from "../../cluster/index.js";
import { judgeDeployment } from "../../cluster/deployment.js";
import { rootDifferences, rootSource } from "../../cluster/root.js";

const commit = "0123456789abcdef0123456789abcdef01234567";

describe("revisionCommit", () => {
  const cases: readonly (readonly [string | undefined, string | undefined])[] = [
    [`main@sha1:${commit}`, commit],
    [`refs/heads/main@sha1:${commit}`, commit],
    [`sha1:${commit}`, commit],
    [`feature/a@b@sha1:${commit}`, commit],
    [`main@sha256:${commit}${commit.slice(0, 24)}`, `${commit}${commit.slice(0, 24)}`],
    [`main/${commit}`, undefined],
    [`v1@sha256:${commit}`, commit],
    [commit, undefined],
    ["", undefined],
    [undefined, undefined],
  ];
  for (const [revision, expected] of cases) {
    it(`reads ${String(expected?.slice(0, 7))} from "${String(revision)}"`, () => {
      assert.equal(revisionCommit(revision), expected);
    });
  }
});

describe("safeMessage", () => {
  const secrets: readonly (readonly [string, string])[] = [
    ["unable to clone 'https://git:hunter22@git.example.com/a': no", "hunter22"],
    ["GET https://x.example.com/a?token=hunter2222&x=1 failed", "hunter2222"],
    ["Authorization: Bearer abcdefgh.ijkl-mnop", "abcdefgh.ijkl-mnop"],
    ["token eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJl.c2ln is expired", "eyJhbGciOiJSUzI1NiJ9"],
    ["used ghp_abcdefghijklmnop1234 to log in", "ghp_abcdefghijklmnop1234"],
    ["password: correct-horse", "correct-horse"],
    ["data QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xt end", "QUJDREVGR0hJSktM"],
    ["-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----", "MIIabc"],
  ];
  for (const [message, secret] of secrets) {
    it(`removes the secret from "${message.slice(0, 32)}"`, () => {
      assert.ok(message.includes(secret));
      assert.ok(!safeMessage(message).includes(secret), safeMessage(message));
    });
  }

  it("keeps revisions, paths and names of objects", () => {
    const message = `Applied revision main@sha1:${commit}: Deployment/payments/payment-service-with-a-rather-long-name-v2 in ./tenants/production/eu-west-1/payments`;
    assert.equal(safeMessage(message), message);
  });

  it("puts a long message on one bounded line", () => {
    const safe = safeMessage("first line\nsecond line\n".repeat(100));
    assert.ok(!safe.includes("\n"));
    assert.equal(safe.length, 600);
  });
});

describe("decideIdentity", () => {
  const a = { uid: "uid-a", endpoint: "at-a" };
  const cases = [
    { title: "the recorded cluster", recorded: a, observed: a, kind: "same" },
    { title: "nothing recorded", recorded: undefined, observed: a, kind: "first" },
    {
      title: "another cluster at the recorded address",
      recorded: a,
      observed: { uid: "uid-b", endpoint: "at-a" },
      kind: "rebuilt",
    },
    {
      title: "the recorded cluster at another address",
      recorded: a,
      observed: { uid: "uid-a", endpoint: "at-b" },
      kind: "moved",
    },
    {
      title: "another cluster elsewhere that the declaration names",
      recorded: a,
      observed: { uid: "uid-b", endpoint: "at-b" },
      expected: "uid-b",
      kind: "replaced",
    },
  ] as const;
  for (const { title, kind, ...question } of cases) {
    it(`says "${kind}" for ${title}`, () => {
      assert.deepEqual(decideIdentity({ cluster: "eu", ...question }), { kind });
    });
  }

  it("refuses another cluster elsewhere, naming both identities", () => {
    const decision = decideIdentity({
      cluster: "eu",
      recorded: a,
      observed: { uid: "uid-b", endpoint: "at-b" },
    });
    assert.ok(decision.kind === "refused");
    assert.equal(decision.finding.code, "CLUSTER_SWAPPED");
    assert.match(decision.finding.problem, /uid-b.*uid-a/);
  });

  it("refuses a cluster that the declaration does not name, recorded or not", () => {
    for (const recorded of [undefined, a]) {
      const decision = decideIdentity({ cluster: "eu", recorded, observed: a, expected: "uid-c" });
      assert.ok(decision.kind === "refused");
      assert.equal(decision.finding.code, "CLUSTER_IDENTITY_UNEXPECTED");
    }
  });

  it("names all clusters that share one identity, once", () => {
    const findings = sharedIdentities([
      { cluster: "c", uid: "1" },
      { cluster: "a", uid: "1" },
      { cluster: "b", uid: "2" },
    ]);
    assert.deepEqual(
      findings.map(({ code, path }) => [code, path]),
      [["CLUSTER_DECLARED_TWICE", 'Cluster "a"']],
    );
    assert.match(findings[0]?.problem ?? "", /"c"/);
  });
});

describe("rootDifferences", () => {
  const kustomization = (path: string): KubeObject =>
    object("Kustomization", { path, sourceRef: { kind: "GitRepository", name: "flux-system" } });
  const repository = (url: string, ref: object): KubeObject =>
    object("GitRepository", { url, ref });
  const wanted = rootSource(
    kustomization("./clusters/production/eu"),
    repository("https://git.example.com/acme/fleet", { branch: "main" }),
  );
  const same: readonly (readonly [string, string, object])[] = [
    ["clusters/production/eu/", "https://GIT.example.com/acme/fleet.git", { branch: "main" }],
    ["./clusters/production/eu", "https://git@git.example.com/acme/fleet/", { branch: "main" }],
    ["/clusters/production/eu", "https://git.example.com/acme/fleet", { name: "refs/heads/main" }],
  ];
  for (const [path, url, ref] of same) {
    it(`takes ${path} of ${url} at ${JSON.stringify(ref)} for the same root`, () => {
      const live = rootSource(kustomization(path), repository(url, ref));
      assert.deepEqual(rootDifferences(live, wanted), []);
    });
  }
  const other: readonly (readonly [string, string, object, RegExp])[] = [
    ["./clusters/staging/eu", "https://git.example.com/acme/fleet", { branch: "main" }, /^path is/],
    ["./clusters/production/eu", "https://git.example.com/acme/Fleet", { branch: "main" }, /^url/],
    [
      "./clusters/production/eu",
      "https://git.example.com/acme/fleet",
      { branch: "main", tag: "v1" },
      /^reference is "tag v1" instead of "branch main"/,
    ],
    [
      "./clusters/production/eu",
      "https://git.example.com/acme/fleet",
      {},
      /^reference is "branch master"/,
    ],
  ];
  for (const [path, url, ref, difference] of other) {
    it(`names the difference of ${path} of ${url} at ${JSON.stringify(ref)}`, () => {
      const found = rootDifferences(rootSource(kustomization(path), repository(url, ref)), wanted);
      assert.equal(found.length, 1);
      assert.match(found[0] ?? "", difference);
    });
  }
  it("compares only the path while the source is missing", () => {
    const same = rootSource(kustomization("clusters/production/eu"), undefined);
    assert.deepEqual(rootDifferences(same, wanted), []);
    const moved = rootSource(kustomization("./clusters/staging/eu"), undefined);
    assert.match(rootDifferences(moved, wanted).join("; "), /^path is/);
  });
  it("names another kind of source, whatever it reads", () => {
    const sourceRef = { kind: "OCIRepository", name: "flux-system" };
    const root = object("Kustomization", { path: "./clusters/production/eu", sourceRef });
    assert.deepEqual(rootDifferences(rootSource(root, undefined), wanted), [
      'kind of the source is "OCIRepository" instead of "GitRepository"',
    ]);
  });
});

describe("judgeDeployment", () => {
  const deployment = (status: object): KubeObject => ({
    ...object("Deployment", { replicas: 1 }),
    metadata: { name: "source-controller", generation: 2 },
    status,
  });
  const pod = (reason: string): KubeObject => ({
    ...object("Pod", {}),
    status: {
      containerStatuses: [{ image: "a:1", state: { waiting: { reason, message: "no such tag" } } }],
    },
  });
  const up = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };

  it("is available when all replicas of the present generation are", () => {
    assert.equal(judgeDeployment(deployment(up), []).kind, "available");
  });
  it("is not available by the replicas of an older generation", () => {
    assert.equal(
      judgeDeployment(deployment({ ...up, observedGeneration: 1 }), []).kind,
      "progressing",
    );
    assert.equal(judgeDeployment(deployment({ ...up, replicas: 2 }), []).kind, "progressing");
  });
  it("names the image that cannot be pulled, and waits for it to recover", () => {
    const state = judgeDeployment(deployment({}), [pod("ImagePullBackOff")]);
    assert.deepEqual(state, {
      kind: "failing",
      lasting: false,
      message: 'ImagePullBackOff: image "a:1": no such tag',
    });
  });
  it("gives up at once on an image name that is none", () => {
    const state = judgeDeployment(deployment({}), [pod("InvalidImageName")]);
    assert.ok(state.kind === "failing" && state.lasting);
  });
  it("is progressing while a container is being created", () => {
    assert.equal(judgeDeployment(deployment({}), [pod("ContainerCreating")]).kind, "progressing");
  });
  it("reports Pods that may not be created, and a deadline that was exceeded", () => {
    const refused = {
      type: "ReplicaFailure",
      status: "True",
      reason: "FailedCreate",
      message: "quota",
    };
    const late = { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" };
    const first = judgeDeployment(deployment({ conditions: [refused] }), []);
    assert.ok(first.kind === "failing" && !first.lasting);
    const second = judgeDeployment(deployment({ observedGeneration: 2, conditions: [late] }), []);
    assert.ok(second.kind === "failing" && second.lasting);
  });
});

function object(kind: string, spec: object): KubeObject {
  return { apiVersion: "v1", kind, metadata: { name: "a", namespace: "b" }, spec };
}

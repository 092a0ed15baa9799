import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gitSource, layer } from "../../core.js";
import type { ErrorCode, FleetDeclaration } from "../../core.js";
import { findingsOf, someCluster, someFleet, someTenant } from "../fixtures/fleets.js";

/** Codes of the findings of one value in one place, without repeats. */
function codesOf(fleet: Partial<FleetDeclaration>): readonly ErrorCode[] {
  return [...new Set(findingsOf(someFleet(fleet)).map(({ code }) => code))].sort();
}

function refuses(
  what: string,
  place: (value: string) => Partial<FleetDeclaration>,
  expected: readonly ErrorCode[],
  values: readonly string[],
): void {
  for (const value of values) {
    const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
    it(`${what} ${JSON.stringify(shown)}`, () => {
      assert.deepEqual(codesOf(place(value)), expected);
    });
  }
}

function accepts(
  what: string,
  place: (value: string) => Partial<FleetDeclaration>,
  values: readonly string[],
): void {
  it(`but takes ${what} ${values.map((value) => JSON.stringify(value)).join(", ")}`, () => {
    for (const value of values) {
      assert.deepEqual(codesOf(place(value)), [], value);
    }
  });
}

const url = "https://git.example.com/apps/shop";
const ofTenant = (name: string): Partial<FleetDeclaration> => ({
  tenants: [someTenant(name, { source: gitSource({ url, branch: "main" }) })],
});
const ofCluster = (name: string): Partial<FleetDeclaration> => ({ clusters: [someCluster(name)] });
const ofNamespace = (namespace: string): Partial<FleetDeclaration> => ({
  tenants: [someTenant("shop", { namespace })],
});
const ofUrl = (value: string): Partial<FleetDeclaration> => ({
  tenants: [someTenant("shop", { source: gitSource({ url: value, branch: "main" }) })],
});
const ofBranch = (branch: string): Partial<FleetDeclaration> => ({
  tenants: [someTenant("shop", { source: gitSource({ url, branch }) })],
});
const ofInterval = (interval: string): Partial<FleetDeclaration> => ({
  tenants: [someTenant("shop", { interval })],
});
const ofSourceTimeout = (timeout: string): Partial<FleetDeclaration> => ({
  tenants: [someTenant("shop", { source: gitSource({ url, branch: "main", timeout }) })],
});
const ofPath = (path: string): Partial<FleetDeclaration> => ({
  tenants: [someTenant("shop", { path })],
});
const ofDirectory = (directory: string): Partial<FleetDeclaration> => ({
  layers: [layer("base", { clusters: "all", directory })],
});
const ofLabel = (value: string): Partial<FleetDeclaration> => ({
  tenants: [someTenant("shop", { labels: { team: value } })],
});
const ofLabelKey = (key: string): Partial<FleetDeclaration> => ({
  tenants: [someTenant("shop", { labels: { [key]: "x" } })],
});

const notLabels = [
  "Payments",
  "a_b",
  "-a",
  "a-",
  "",
  " ",
  "a".repeat(64),
  "a\nb",
  "a.b",
  "ä",
  "../x",
  "a/b",
  "a b",
  "$(x)",
];

describe("bad input is refused:", () => {
  refuses("tenant", ofTenant, ["INVALID_NAME"], notLabels);
  refuses("cluster", ofCluster, ["INVALID_NAME"], notLabels);
  refuses("cluster file", ofCluster, ["INVALID_PATH"], ["con", "nul", "com1"]);
  refuses("namespace", ofNamespace, ["INVALID_NAME"], notLabels);
  refuses(
    "environment",
    (environment) => ({ clusters: [someCluster("eu", { environment })] }),
    ["INVALID_NAME"],
    ["../..", "Prod", ""],
  );
  refuses(
    "reserved tenant",
    ofTenant,
    ["RESERVED_NAMESPACE"],
    ["kube-system", "kube-public", "kube-x", "flux-system", "default"],
  );
  refuses(
    "reserved namespace",
    ofNamespace,
    ["RESERVED_NAMESPACE"],
    ["kube-system", "flux-system", "default"],
  );
  refuses(
    "address",
    ofUrl,
    ["INVALID_URL"],
    [
      "ext::sh -c touch% /tmp/x",
      "--upload-pack=touch",
      "https://-oProxyCommand=x/y",
      "file:///etc/x",
      "ssh://git@example.com/x".replace("git@", ""),
      "http://git.example.com/x",
      "git@github.com:acme/x",
      "https://git.example.com/",
      "https://git.example.com/a/../b",
      "https://git.example.com/a b",
      "https://git.example.com/a\n# {}",
      "https://git.example.com/a#b",
      "HTTPS://git.example.com/a",
      "",
    ],
  );
  refuses(
    "address with login",
    ofUrl,
    ["CREDENTIALS_IN_URL"],
    [
      "https://user:token@git.example.com/x",
      "https://token@git.example.com/x",
      "https://git.example.com/x?access_token=1",
      "https://git.example.com/x?private_token=1",
    ],
  );
  accepts("address", ofUrl, [
    "https://git.example.com/x",
    "https://git.example.com:8443/a/b.git",
    "https://127.0.0.1:8443/a",
  ]);
  refuses(
    "branch",
    ofBranch,
    ["INVALID_REF"],
    [
      "-x",
      "--upload-pack=x",
      "a..b",
      "x.lock",
      "a.lock/b",
      "@{-1}",
      "@",
      "HEAD",
      "refs/heads/x",
      "a b",
      "a~1",
      "a^",
      "a:b",
      "a\\b",
      "a//b",
      "/a",
      "a/",
      ".a",
      "a/.b",
      "a.",
      "a\u0000b",
      "a\nb",
      "",
    ],
  );
  accepts("branch", ofBranch, ["main", "release/1.x", "feature/ä", "a-b_c.d"]);
  const badDurations = [
    "5x",
    "-5m",
    "0s",
    "5",
    "1d",
    "1h1",
    "",
    " 1m",
    "1m ",
    "1,5m",
    "9999999h",
    "1e3s",
  ];
  refuses("interval", ofInterval, ["INVALID_DURATION"], [...badDurations, "9s", "721h"]);
  accepts("interval", ofInterval, ["10s", "1m30s", "1.5h", "720h", "60000ms"]);
  refuses("source timeout", ofSourceTimeout, ["INVALID_DURATION"], [...badDurations, "1h", "1h1m"]);
  accepts("source timeout", ofSourceTimeout, ["1s", "90s", "2m"]);
  const badPaths = [
    "../x",
    "a/../../x",
    "/etc/x",
    "C:\\x",
    "\\\\srv\\x",
    ".git/config",
    "a/.git/hooks/x",
    "a//b",
    "a/./b",
    "",
  ];
  refuses("path in a source", ofPath, ["INVALID_PATH"], badPaths);
  refuses("directory", ofDirectory, ["INVALID_PATH"], badPaths);
  accepts("path in a source", ofPath, ["./deploy", "deploy", "./", "."]);
  refuses(
    "cluster path",
    (path) => ({ clusters: [someCluster("eu", { path })] }),
    ["INVALID_PATH"],
    [...badPaths, "./a", "a/"],
  );
  refuses(
    "label value",
    ofLabel,
    ["INVALID_LABEL"],
    ["a".repeat(64), "a b", "-a", "a-", "ä", "a\n"],
  );
  accepts("label value", ofLabel, ["", "a", "A.b_c-d", "on", "012"]);
  refuses(
    "label key",
    ofLabelKey,
    ["INVALID_LABEL"],
    ["a/b/c", "Example.com/x", "/x", "x/", "a".repeat(64), "", "-a"],
  );
  accepts("label key", ofLabelKey, ["example.com/x", "pod-security.kubernetes.io/enforce"]);
  refuses(
    "fleet branch",
    (branch) => ({
      repository: { ...someFleet().repository, branch },
    }),
    ["INVALID_REF"],
    ["-x", "refs/heads/main"],
  );
  refuses(
    "fleet address",
    (value) => ({
      repository: { ...someFleet().repository, url: value },
    }),
    ["INVALID_URL"],
    ["file:///srv/git/fleet", "http://git.example.com/fleet"],
  );
  accepts(
    "push address",
    (value) => ({
      repository: { ...someFleet().repository, push: { token: "t", url: value } },
    }),
    ["file:///srv/git/fleet.git", "https://git.example.com/fleet"],
  );

  it("arguments of the wrong type, missing and unknown, as they come from a data file", () => {
    const fleet = JSON.parse(`{
      "repository": { "url": 5, "branch": "main", "push": {}, "pull": true },
      "flux": { "version": "2.9.4", "components": ["cron-controller"] },
      "clusters": [{ "kind": "cluster", "name": "eu", "args": { "enviroment": "production" } }],
      "tenants": [{ "kind": "tenant", "name": "shop", "args": {
        "clusters": "some", "path": null, "source": { "kind": "gitSource", "url": "x", "branch": ["a"] }
      } }]
    }`) as FleetDeclaration;
    assert.deepEqual(
      findingsOf(fleet).map(({ code, path }) => `${code} ${path}`),
      [
        'INVALID_ARGUMENT Cluster "eu": enviroment',
        'INVALID_ARGUMENT Cluster "eu": environment',
        'INVALID_ARGUMENT Tenant "shop": clusters',
        'INVALID_ARGUMENT Tenant "shop": path',
        'INVALID_ARGUMENT Tenant "shop": source.branch',
        "INVALID_ARGUMENT flux.components[0]",
        "INVALID_ARGUMENT repository.pull",
        "INVALID_ARGUMENT repository.url",
      ],
    );
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { FleetError } from "../../errors.js";
import { kustomizationFile, pathCollisions, repoPath, sourcePath } from "../../manifests/index.js";

const accepted = [
  "a",
  ".sops.yaml",
  ".flux-fleet/acme.json",
  "clusters/production/eu-west-1/flux-system/gotk-components.yaml",
  "a.b/c_d/e+f=g,h@i",
  "..a/...b",
  "console/nullable/comet1",
  "x".repeat(255),
  `${"x".repeat(255)}/${"y".repeat(255)}/${"z".repeat(255)}/${"w".repeat(255)}/`.slice(0, 1023),
];

const refused: Readonly<Record<string, readonly string[]>> = {
  "nothing at all": ["", " ", "\t", "\n"],
  "absolute paths": ["/", "/a", "//a", "\\a", "\\\\server\\x", "C:", "C:\\x", "c:x", "c:/x"],
  "a second spelling of one file": ["./a", "a/", "a//b", "a/./b", "a/.", ".", "./", "/."],
  "leaving the repository": ["..", "../a", "a/..", "a/../b", "a/../../b"],
  "what git and its hosts obey": [
    ...[
      ".git",
      ".GIT",
      ".git/config",
      "a/.Git/hooks/x",
      ".git.",
      ".git ",
      ".git::$INDEX_ALLOCATION",
    ],
    ...[
      "git~1",
      "GIT~1",
      ".g\u200cit",
      ".gi\u200dt/config",
      "\ufeff.git",
      ".gitmodules",
      ".gitattributes",
    ],
  ],
  "characters that not every system takes": [
    ...[
      "a\\b",
      "a:b",
      "a\nb",
      "a\rb",
      "a\0b",
      "a\x7fb",
      "a\tb",
      "a b",
      "a*",
      "a?",
      "a<b",
      'a"b',
      "a|b",
    ],
    ...[
      "a#b",
      "a%b",
      "$a",
      "~a",
      "a;b",
      "a'b",
      "a`b",
      "é",
      "e\u0301",
      "a\u2028b",
      "日本",
      "a\ud800",
    ],
  ],
  "an option": ["-a", "a/--upload-pack=x"],
  "a trailing dot or space": ["a.", "a./b", "a ", "a /b", "...", "a..", "...."],
  "device names of Windows": [
    "con",
    "CON",
    "aux.yaml",
    "a/nul",
    "prn.tar.gz",
    "com1",
    "LPT9.x",
    "COM0",
  ],
  "what is too long": ["x".repeat(256), `a/${"x".repeat(256)}`, "ab/".repeat(341) + "ab"],
};

describe("repoPath", () => {
  it("returns portable paths unchanged", () => {
    for (const path of accepted) assert.equal(repoPath(path), path);
  });

  for (const [what, paths] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      for (const path of paths)
        assert.equal(
          codeOf(() => repoPath(path)),
          "INVALID_PATH",
          path,
        );
    });
  }

  it("judges a path by the same rules whatever else is in it", () => {
    const accepts = (path: string): boolean => {
      try {
        return repoPath(path) === path;
      } catch {
        return false;
      }
    };
    const segment = fc.oneof(
      fc.constantFrom("a", "con", "nul.txt", "com1", "comet", ".git", "-x", "x-", "a.", ".", ".."),
      fc.string({ unit: fc.constantFrom(...Array.from("ab9._-/A@ é")), maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
        const path = segments.join("/");
        // "A=" is a fine name, but no everyday one.
        assert.equal(accepts(path), accepts(`${path}/A=`), path);
        assert.equal(accepts(path), accepts(`A=/${path}`), path);
      }),
      { numRuns: 3000 },
    );
  });

  it("refuses what is not a string", () => {
    assert.equal(
      codeOf(() => repoPath(undefined as unknown as string)),
      "INVALID_PATH",
    );
  });
});

describe("sourcePath", () => {
  it("takes a leading ./ as Flux does, and the root", () => {
    assert.equal(sourcePath("./deploy/production"), "deploy/production");
    assert.equal(sourcePath("deploy"), "deploy");
    assert.equal(sourcePath("."), ".");
    assert.equal(sourcePath("./"), ".");
  });

  it("is otherwise as strict as repoPath, and names the field", () => {
    for (const path of [
      "",
      "/a",
      "././a",
      ".//a",
      "./../a",
      "./a/",
      "../../other-tenant",
      "./.git",
    ]) {
      assert.equal(
        codeOf(() => sourcePath(path)),
        "INVALID_PATH",
        path,
      );
    }
    assert.throws(
      () => sourcePath("../x", 'Tenant "payments": path'),
      /^FleetError: Tenant "payments": path: "\.\.\/x"/,
    );
  });
});

describe("pathCollisions", () => {
  const between = (...paths: string[]): string[] => pathCollisions(paths).map(({ path }) => path);

  it("finds none in an ordinary tree", () => {
    assert.deepEqual(between("a", "b/c", "b/d", "b-c", "b.c", "b/e/f", "ab/c"), []);
  });

  it("finds equal paths, and paths that differ in case or Unicode form only", () => {
    assert.deepEqual(between("a/b", "a/b"), ["a/b"]);
    assert.deepEqual(between("team/x", "Team/x"), ["team/x"]);
    assert.deepEqual(between("caf\u00e9", "cafe\u0301"), ["caf\u00e9"]);
    assert.deepEqual(between("stra\u00dfe", "STRASSE"), ["stra\u00dfe"]);
    assert.deepEqual(between("a\u200bb", "ab"), ["a\u200bb"]);
  });

  it("finds directories that differ in case only, once for each", () => {
    assert.deepEqual(between("Team/a", "team/b", "team/c"), ["team/b"]);
  });

  it("finds a file where another path needs a directory", () => {
    assert.deepEqual(between("a", "a/b"), ["a/b"]);
    assert.deepEqual(between("a/b/c", "A/b"), ["a/b/c"]);
    assert.deepEqual(between("a-b", "a", "a/b/c"), ["a/b/c"]);
  });

  it("finds what collides below a directory that collides", () => {
    assert.deepEqual(between("A/x/f", "a/X/g", "a/X/h", "a/x/i"), ["a/X/g", "a/X/h", "a/x/i"]);
    assert.deepEqual(between("a", "a/b/c", "a/b/d", "a/B/e"), ["a/B/e"]);
  });

  it("does not depend on the order", () => {
    const paths = ["x/Y/z", "X/y", "x/y/Z", "a", "A/b", "a/b"];
    assert.deepEqual(pathCollisions(paths), pathCollisions([...paths].reverse()));
  });

  it("takes 20,000 paths in under a second", () => {
    const paths = Array.from(
      { length: 20_000 },
      (_, i) => `tenants/production/c${i % 200}/t${i}/x.yaml`,
    );
    const start = process.cpuUsage();
    assert.deepEqual(pathCollisions(paths), []);
    assert.ok(process.cpuUsage(start).user < 1_000_000);
  });
});

describe("kustomizationFile", () => {
  it("lists the resources sorted, whatever the order of declaration", () => {
    assert.deepEqual(kustomizationFile(["b.yaml", "flux-system", "B.yaml"]), {
      apiVersion: "kustomize.config.k8s.io/v1beta1",
      kind: "Kustomization",
      resources: ["B.yaml", "b.yaml", "flux-system"],
    });
  });

  it("keeps the order of patches, which is the order of their effect", () => {
    const patches = [{ patch: "b", target: { kind: "Deployment" } }, { patch: "a" }];
    assert.deepEqual(kustomizationFile([], { patches }).patches, patches);
  });

  it("refuses a resource that is listed twice", () => {
    assert.equal(
      codeOf(() => kustomizationFile(["a", "b", "a"])),
      "PATH_COLLISION",
    );
  });
});

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (FleetError.is(error)) return error.code;
    throw error;
  }
  return undefined;
}

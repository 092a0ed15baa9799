import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requiredParts, requirements, sharesLab } from "../../scripts/required-parts.js";
import { needsParts, testFiles } from "../../scripts/test-files.js";

describe("what test files need", () => {
  const paths = testFiles().map(({ path }) => path);

  it("is said of files that exist", () => {
    const idle = Object.keys(requirements).filter(
      (start) => !paths.some((path) => path.startsWith(start)),
    );
    assert.deepEqual(idle, []);
  });

  it("is nothing for the files of npm run check", () => {
    const pure = testFiles().filter(({ group }) => !needsParts(group));
    assert.deepEqual(
      pure.filter(({ path }) => requiredParts(path).length > 0),
      [],
    );
  });

  it("is told by the longest start that fits", () => {
    assert.deepEqual(requiredParts("test/engine/inline-stack.test.ts"), ["pulumi"]);
    assert.ok(requiredParts("test/engine/kubernetes-outage.test.ts").includes("kwok"));
    assert.deepEqual(requiredParts("test/cluster/wait-rules.test.ts"), []);
  });

  it("includes the shared lab on clusters, but not for tests that start labs themselves", () => {
    assert.ok(sharesLab("test/e2e/tenants.test.ts"));
    assert.ok(!sharesLab("test/lab/kubelet.test.ts"));
    assert.ok(!sharesLab("test/engine/fleet-publish.test.ts"));
  });
});

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { FluxArgs } from "../../index.js";
import { smallInstallManifests } from "../fixtures/install-manifests.js";
import { failure } from "../support/engine.js";
import { fleetStack, messagesOf, smallFleet, temporaryDirectory } from "../support/fleet-stack.js";

test("an upgrade of Flux is looked at by preview and up, and one that nobody tests makes no commit", async (t) => {
  const fleet = await fleetStack(t);
  const { stack } = fleet;
  const directory = temporaryDirectory(t);
  const declare = (version: string, versionJump?: FluxArgs["versionJump"]): void => {
    const file = path.join(directory, `flux-${version}.json`);
    writeFileSync(file, JSON.stringify(smallInstallManifests(version)));
    const flux = { version, manifests: { file }, ...(versionJump && { versionJump }) };
    fleet.declare({ ...smallFleet(fleet.url), flux });
  };
  const warnings = async (): Promise<string> =>
    messagesOf(await stack.preview(), "acme")
      .filter((message) => message.startsWith("flux.version: "))
      .join("\n");

  declare("2.7.5");
  await stack.up();
  const [first] = await fleet.commits();

  declare("2.9.4");
  const skipped = await failure(stack.up());
  assert.match(
    skipped.problems,
    /"eu-central-1", "eu-west-1" would go from Flux 2\.7\.5 to 2\.9\.4/,
  );
  assert.match(skipped.problems, /\[FLUX_SKIPPED_MINOR\]/);
  assert.deepEqual(await fleet.commits(), [first]);

  declare("2.8.8");
  assert.equal(
    await warnings(),
    'flux.version: Whether stored versions allow the step to Flux 2.8.8 was not checked on "eu-central-1", "eu-west-1": it has no kubeconfig here. Run `flux migrate` there before the commit arrives.',
  );
  await stack.up();
  assert.equal((await fleet.commits()).length, 2);
  assert.equal(await warnings(), "", "nothing is left to say once it is committed");

  declare("2.7.5");
  assert.match((await failure(stack.preview())).problems, /\[FLUX_DOWNGRADE\]/);
  declare("2.7.5", { reason: "2.8 breaks our charts" });
  assert.match(await warnings(), /would go back .* The reason given is "2\.8 breaks our charts"\./);
  await stack.up();
  assert.equal((await fleet.commits()).length, 3);
});

/** Every example, run by the real CLI as a user runs it, on the built package. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { gitRepositories } from "../../lab/git-repositories.js";
import type { GitRepositories } from "../../lab/git-repositories.js";
import { furtherRecipients } from "../fixtures/encrypted.js";
import { recipients } from "../fixtures/fleets.js";
import { cliProject } from "../support/cli-project.js";
import type { CliProject } from "../support/cli-project.js";

const checkout = path.join(__dirname, "..", "..");
const examples = path.join(checkout, "examples");

type Values = Readonly<Record<string, string | { readonly secret: string }>>;

/** What the stack of each example is told; `push` is a repository on this machine. */
const settings: Readonly<Record<string, (push: string) => Values>> = {
  article: (push) => ({
    repository: "https://git.example.com/acme/fleet-infra",
    pushUrl: push,
    registry: "ghcr.io/acme",
    paymentsApplication: "https://git.example.com/acme/payments-app",
    botToken: { secret: "token of the bot" },
    botSigningKey: { secret: "key of the bot" },
    paymentsBotToken: { secret: "token of the tenant's bot" },
    databaseUser: "payment",
    databasePassword: { secret: "of the payment database" },
    breakGlass: recipients[1],
    recipientEuWest1: recipients[0],
    recipientEuropeWest1: furtherRecipients[0],
    recipientEuCentral1: furtherRecipients[1],
  }),
  quickstart: (push) => ({
    repository: "https://git.example.com/acme/fleet-infra",
    pushUrl: push,
    paymentsApplication: "https://git.example.com/acme/payments-app",
  }),
};

describe("the examples", () => {
  it("are all run here", () => {
    const folders = readdirSync(examples).filter((name) =>
      existsSync(path.join(examples, name, "Pulumi.yaml")),
    );
    assert.deepEqual(folders.sort(), Object.keys(settings).sort());
  });
});

for (const [name, configure] of Object.entries(settings)) {
  describe(`examples/${name}, run by the CLI`, () => {
    let project: CliProject;
    let repositories: GitRepositories;
    let directory: string;

    before(async () => {
      assert.ok(existsSync(path.join(checkout, "dist/index.js")), "Run `npm run build` first.");
      directory = mkdtempSync(path.join(tmpdir(), "flux-fleet-example-"));
      repositories = gitRepositories(directory);
      await repositories.createRepository("fleet");
      project = await cliProject();
      for (const file of readdirSync(path.join(examples, name))) {
        const from = path.join(examples, name, file);
        const isProgram = statSync(from).isFile() && file !== "Pulumi.yaml";
        if (isProgram && file !== "package.json")
          copyFileSync(from, path.join(project.program, file));
      }
      const push = `file://${repositories.bareDirectory("fleet")}`;
      const values = Object.entries(configure(push)).flatMap(([key, value]) =>
        typeof value === "string"
          ? ["--plaintext", `${key}=${value}`]
          : ["--secret", `${key}=${value.secret}`],
      );
      const { code, stderr } = await project.pulumi("config", "set-all", ...values);
      assert.equal(code, 0, stderr);
    });
    after(() => {
      project.dispose();
      rmSync(directory, { recursive: true, force: true });
    });

    it("shows every file in the preview and writes nothing", async () => {
      const { code, stdout, stderr } = await project.pulumi("preview");
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /files change on \d+ clusters, against new branch main/);
      assert.match(stdout, /\+ clusters\/.*\/flux-system\/gotk-sync\.yaml/);
      assert.deepEqual(await repositories.log("fleet", "main").catch(() => []), []);
    });

    it("makes one commit and reports it as its output", async () => {
      const { code, stdout, stderr } = await project.pulumi("up", "--yes", "--skip-preview");
      assert.equal(code, 0, stdout + stderr);
      const commits = await repositories.log("fleet", "main");
      assert.equal(commits.length, 1);
      const output = await project.pulumi("stack", "output", "commit");
      assert.equal(output.stdout.trim(), commits[0]?.commit);
    });

    it("has nothing to do afterwards", async () => {
      const { code, stdout, stderr } = await project.pulumi("preview", "--expect-no-changes");
      assert.equal(code, 0, stdout + stderr);
    });
  });
}

import { FleetError } from "../../errors.js";
import { refNameFindings } from "../../graph/values/git-references.js";
import { printYaml } from "../../manifests/yaml.js";

/** What a workflow that opens pull requests is made from. */
export interface PullRequestWorkflowArgs {
  /** The branch that image automation pushes to: `writesTo.push.branch`. */
  readonly branch: string;
  /** The branch that it is to be merged into. */
  readonly into: string;
  /**
   * Name of the repository secret with a token that may open pull requests. One that is opened with
   * the own token of a workflow starts no other workflow. @default that token
   */
  readonly tokenSecret?: string;
}

// Titles and branches are arguments by environment: nothing in them is read by the shell.
const script = `set -euo pipefail
open=$(gh pr list --head "$BRANCH" --base "$INTO" --state open --json number --jq length)
if [ "$open" = 0 ]; then
  gh pr create --head "$BRANCH" --base "$INTO" --title "$TITLE" --body "$BODY"
fi
`;

/**
 * The text of a GitHub workflow, for `.github/workflows/image-updates.yaml` on the branch that is
 * merged into. It opens one pull request when image automation pushes, and leaves an open one alone.
 *
 * @throws FleetError INVALID_REF for text that is no branch name, INVALID_ARGUMENT for a bad secret name
 */
export function pullRequestWorkflow({
  branch,
  into,
  tokenSecret = "GITHUB_TOKEN",
}: PullRequestWorkflowArgs): string {
  const findings = [
    ...refNameFindings(branch, "branch", "pullRequestWorkflow: branch"),
    ...refNameFindings(into, "branch", "pullRequestWorkflow: into"),
    ...(/^[A-Za-z_][A-Za-z0-9_]*$/.test(tokenSecret)
      ? []
      : [
          {
            code: "INVALID_ARGUMENT" as const,
            path: "pullRequestWorkflow: tokenSecret",
            problem: "The text is not the name of a repository secret.",
            remedy: "Use letters, digits and _, not beginning with a digit.",
          },
        ]),
  ];
  if (findings.length > 0) throw new FleetError(findings);
  const env = {
    BODY: "New versions that image automation chose. Merged, they stay: the next `pulumi up` shows no diff.",
    BRANCH: branch,
    GH_REPO: "${{ github.repository }}",
    GH_TOKEN: `\${{ secrets.${tokenSecret} }}`,
    INTO: into,
    TITLE: "Update images",
  };
  return printYaml([
    {
      name: "Image updates",
      on: { push: { branches: [branch] } },
      permissions: { contents: "read", "pull-requests": "write" },
      concurrency: { group: "image-updates" },
      jobs: {
        "open-pull-request": {
          "runs-on": "ubuntu-latest",
          steps: [{ name: "Open a pull request unless one is open", env, run: script }],
        },
      },
    },
  ]);
}

import { parseArgs } from "node:util";

/** What `npm run quickstart --` takes. */
export const usage = `Usage: npm run quickstart -- [flags]

Runs examples/quickstart: builds what is missing, starts two clusters and a Git server on
this machine, previews and applies the program, changes one value, and ends everything.

  --keep              leave clusters, Git server and stack running, and say how to look around
  --no-cluster        stop after the commit, which goes to a repository in a local folder;
                      needs no cluster, only the Pulumi CLI
  --kubeconfig FILE   use a cluster that exists; once or twice, for eu-west-1 and eu-central-1.
                      Flux is installed on it and stays. Needs --repository and --application
  --repository URL    https address of the fleet repository; needs the token in FLEET_GIT_TOKEN
  --application URL   https address of the tenant's repository, with a Deployment in
                      ./deploy on branch main; read with the same token
  --user NAME         user name that goes with the token; default git
  --ca FILE           certificate authority of that Git server, if it is a private one
  --help              print this text
`;

/** Environment variable with the token for `--repository`. */
export const tokenVariable = "FLEET_GIT_TOKEN";

/** Clusters and repositories that exist already. */
export interface Existing {
  readonly kind: "existing";
  /** Paths of kubeconfig files, one or two. */
  readonly kubeconfigs: readonly string[];
  readonly repository: string;
  readonly application: string;
  readonly token: string;
  /** User name that goes with the token. */
  readonly user: string;
  /** Path of a PEM file. */
  readonly ca: string | undefined;
}

/** Where the story takes place. */
export type Setting = { readonly kind: "lab" } | { readonly kind: "no-cluster" } | Existing;

/** A parsed command line. */
export interface Arguments {
  readonly setting: Setting;
  readonly keep: boolean;
}

/** The command line makes no sense; the message says why and what to do. */
export class UsageError extends Error {}

/**
 * Reads the command line. `undefined` asks for the usage text.
 * @throws UsageError for unknown flags and flags that do not fit together
 */
export function parseArguments(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Arguments | undefined {
  const flags = parseFlags(args);
  if (flags.help) return undefined;
  const { application, ca, keep, kubeconfig = [], repository, user } = flags;
  const noCluster = flags["no-cluster"];
  if (noCluster && kubeconfig.length > 0) {
    throw new UsageError("--no-cluster and --kubeconfig contradict each other. Give one of them.");
  }
  if (kubeconfig.length === 0) {
    for (const [name, value] of Object.entries({ repository, application, user, ca })) {
      if (value !== undefined) throw new UsageError(`--${name} goes together with --kubeconfig.`);
    }
    return { setting: { kind: noCluster ? "no-cluster" : "lab" }, keep };
  }
  if (kubeconfig.length > 2) {
    throw new UsageError("The quickstart declares two clusters: give --kubeconfig once or twice.");
  }
  if (keep) {
    throw new UsageError("--keep goes without saying with --kubeconfig: those clusters stay.");
  }
  if (repository === undefined || application === undefined) {
    throw new UsageError(
      "--kubeconfig needs --repository URL and --application URL: clusters elsewhere cannot reach " +
        "a Git\nserver on the loopback address of this machine. Both are https addresses that this " +
        `machine and\nthe clusters reach; the token for them is read from ${tokenVariable}.`,
    );
  }
  const token = environment[tokenVariable];
  if (token === undefined || token === "") {
    throw new UsageError(
      `--repository needs a token that may push, in the environment variable ${tokenVariable}.`,
    );
  }
  const login = { token, user: user ?? "git", ca };
  const kubeconfigs = kubeconfig;
  return { setting: { kind: "existing", kubeconfigs, repository, application, ...login }, keep };
}

function parseFlags(args: readonly string[]): ReturnType<typeof parseStrictly> {
  try {
    return parseStrictly(args);
  } catch (error) {
    // parseArgs says which flag is unknown or lacks its value.
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parseStrictly(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    options: {
      keep: { type: "boolean", default: false },
      "no-cluster": { type: "boolean", default: false },
      kubeconfig: { type: "string", multiple: true },
      repository: { type: "string" },
      application: { type: "string" },
      user: { type: "string" },
      ca: { type: "string" },
      help: { type: "boolean", default: false },
    },
  }).values;
}

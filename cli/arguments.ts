import { parseArgs } from "node:util";

/** What `pulumi-flux-fleet --help` prints. */
export const usage = `Usage: npx pulumi-flux-fleet rehearse --flux VERSION [flags]

Lists what another Flux version would break, before it is committed: reads a checkout of the
fleet repository and every Flux object in it that the clusters apply, rendered or written by
hand. Changes nothing and needs no Pulumi.

  --flux VERSION       the version to rehearse, for example 2.9.4
  --ring NAME          only clusters of this ring; may be repeated
  --environment NAME   only clusters of this environment; may be repeated
  --cluster NAME       only this cluster; may be repeated
  --tree DIR           the checkout; default: the current directory
  --kubeconfig FILE    also asks the one cluster that is selected which versions it stores;
                       for several clusters NAME=FILE, repeated. Only reads definitions
  --json               print the findings as JSON
  --help               print this text

Exit codes: 0 nothing would break, 1 something would, 2 the command cannot be carried out.
`;

/** The command line makes no sense; the message says why and what to do. */
export class UsageError extends Error {}

/** A parsed `rehearse` command. */
export interface RehearseCommand {
  /** The Flux version to rehearse. */
  readonly flux: string;
  /** Directory of the checkout. */
  readonly tree: string;
  /** Names to select by; of each list that is not empty, a cluster has one. */
  readonly rings: readonly string[];
  readonly environments: readonly string[];
  readonly clusters: readonly string[];
  /** Files of kubeconfigs by cluster, or one file for the only cluster. */
  readonly kubeconfigs: ReadonlyMap<string, string> | string | undefined;
  readonly json: boolean;
}

/**
 * Reads the command line.
 *
 * @throws UsageError for what is unknown, missing or contradictory
 */
export function parseCommandLine(args: readonly string[]): RehearseCommand | "help" {
  const { values, positionals } = parsed(args);
  if (values.help || (args.length === 0 && positionals.length === 0)) {
    if (values.help) return "help";
    throw new UsageError("There is no command.");
  }
  const [command, ...rest] = positionals;
  if (command !== "rehearse") {
    throw new UsageError(
      command === undefined ? "There is no command." : `There is no command "${command}".`,
    );
  }
  if (rest.length > 0) throw new UsageError(`"${rest.join(" ")}" is no flag.`);
  const { flux } = values;
  if (flux === undefined) throw new UsageError("--flux says which version to rehearse.");
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$/.test(flux)) {
    throw new UsageError(`--flux takes an exact version such as 2.9.4, not "${flux}".`);
  }
  return {
    flux,
    tree: values.tree,
    rings: values.ring,
    environments: values.environment,
    clusters: values.cluster,
    kubeconfigs: kubeconfigFiles(values.kubeconfig),
    json: values.json,
  };
}

function parsed(args: readonly string[]): ReturnType<typeof parseFlags> {
  try {
    return parseFlags(args);
  } catch (error) {
    // What node says names the flag and how to write it.
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function parseFlags(args: readonly string[]) {
  const names = { type: "string", multiple: true, default: [] as string[] } as const;
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      flux: { type: "string" },
      ring: { ...names, default: [] },
      environment: { ...names, default: [] },
      cluster: { ...names, default: [] },
      tree: { type: "string", default: "." },
      kubeconfig: { ...names, default: [] },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
}

function kubeconfigFiles(given: readonly string[]): RehearseCommand["kubeconfigs"] {
  const [first, ...others] = given;
  if (first === undefined) return undefined;
  if (others.length === 0 && !first.includes("=")) return first;
  const pairs = given.map((text): readonly [string, string] => {
    const at = text.indexOf("=");
    if (at < 1 || at === text.length - 1) {
      throw new UsageError(`--kubeconfig takes NAME=FILE when it is repeated, not "${text}".`);
    }
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return new Map(pairs);
}

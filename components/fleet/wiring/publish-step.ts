import * as pulumi from "@pulumi/pulumi";
import { FleetError } from "../../../errors.js";
import { parseFleetRecord } from "../../../graph/changes/ownership.js";
import type { FleetRecord } from "../../../graph/changes/ownership.js";
import { fieldsOf } from "../../../graph/references/references.js";
import { isUnknown } from "../../../graph/values/unknown-value.js";
import {
  describeChange,
  lostMarkers,
  ownershipPath,
  planChange,
  preflight,
  publish,
  readHead,
  summarizeChange,
  treeId,
} from "../../../repository/index.js";
import type { ChangePlan, Declaration, HeadReader, Remote } from "../../../repository/index.js";
import { step } from "../../step.js";
import type { Step } from "../../step.js";
import { version } from "../../version.js";
import type { FleetDeclaration } from "../fleet.js";
import { headRecord } from "../former-names.js";
import { tenantsDirectory } from "../tree/paths.js";
import type { RenderedFleet } from "../rendered.js";

/** The branch as this run found it. */
export interface ObservedRepository {
  readonly remote: Remote;
  /** Undefined when Git could not be asked in this preview. */
  readonly reader: HeadReader | undefined;
  /** What the head declares, by the names that parts have now. */
  readonly record: FleetRecord | undefined;
  /** Why Git could not be asked. */
  readonly notChecked?: string;
}

/** A preview goes on without these; `up` does not. */
const outOfReach: ReadonlySet<string> = new Set(["GIT_UNREACHABLE"]);

/** Reads the head of the branch once. In a preview a server out of reach is reported, not refused. */
export async function observeRepository(
  owner: string,
  declaration: FleetDeclaration,
): Promise<ObservedRepository> {
  const { repository, formerly } = declaration;
  const { url, token, username, ca } = repository.push;
  const remote: Remote = {
    url: url ?? repository.url,
    branch: repository.branch,
    ...(token === undefined
      ? {}
      : {
          credentials: {
            token,
            ...(username === undefined ? {} : { username }),
            ...(ca === undefined ? {} : { ca }),
          },
        }),
  };
  if (isUnknown(token) || isUnknown(ca)) {
    const notChecked = "the push credentials are not known yet";
    return { remote, reader: undefined, record: undefined, notChecked };
  }
  try {
    if (pulumi.runtime.isDryRun()) {
      const findings = await preflight(remote);
      if (findings.length > 0) throw new FleetError(findings);
    }
    const reader = await readHead(remote, owner, { formerly });
    const record = recordAtHead(reader, ownershipPath(owner));
    return { remote, reader, record: record && headRecord(record, declaration) };
  } catch (error) {
    const canWait =
      FleetError.is(error) && error.findings.every(({ code }) => outOfReach.has(code));
    if (!canWait || !pulumi.runtime.isDryRun()) throw error;
    return { remote, reader: undefined, record: undefined, notChecked: error.message };
  }
}

function recordAtHead({ head }: HeadReader, path: string): FleetRecord | undefined {
  return head.ownership === undefined
    ? undefined
    : parseFleetRecord(head.ownership.record, head.renamedFrom ?? path);
}

/** What is declared, in the form in which the repository compares and commits it. */
export function declarationOf({ owner, files, record, emptied }: RenderedFleet): Declaration {
  return { owner, renderer: `pulumi-flux-fleet ${version}`, files, record, emptied };
}

/** Compares with the head that was read; undefined when Git could not be asked. */
export async function compare(
  { reader }: ObservedRepository,
  rendered: RenderedFleet,
  { adopt = [], restore = [] }: FleetDeclaration,
): Promise<ChangePlan | undefined> {
  return reader === undefined
    ? undefined
    : planChange(reader, declarationOf(rendered), { adopt, restore });
}

/**
 * The line of the status column and what people read under Diagnostics.
 *
 * @param envelopes - by path, with what files are encrypted in this run
 */
export function changeReport(
  { remote, reader, notChecked }: ObservedRepository,
  plan: ChangePlan | undefined,
  rendered: RenderedFleet,
  envelopes: ReadonlyMap<string, unknown>,
): string {
  if (plan === undefined) {
    return `repository not checked, compared with the last commit of this stack: ${notChecked ?? ""}`;
  }
  const { added, changed, removed, unknown } = plan.change;
  const touched = [...added, ...changed, ...removed, ...unknown];
  const clusters = rendered.clusters.filter((cluster) =>
    [cluster.path, tenantsDirectory(cluster)].some((directory) =>
      touched.some((file) => file.startsWith(`${directory}/`)),
    ),
  ).length;
  const { branch } = remote;
  const summary = summarizeChange(plan.change, { clusters, branch, commit: reader?.head.commit });
  const view = { encrypted: unsealedFiles(rendered, envelopes) };
  return [summary, ...describeChange(plan.change, plan.before, plan.writes, view)].join("\n");
}

/** What can be told of files that `up` is going to encrypt: the names of their keys. */
function unsealedFiles(
  { encrypted, manifests }: RenderedFleet,
  envelopes: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, string> {
  const paths = new Set(
    encrypted.flatMap(({ path }) => (envelopes.has(path) ? [] : [path as string])),
  );
  if (paths.size === 0) return new Map();
  return new Map(
    manifests.flatMap(({ path, object }) => {
      if (path === undefined || !paths.has(path)) return [];
      const { name, namespace = "" } = object.metadata;
      const keys = Object.keys(fieldsOf(object["data"])).sort();
      const names = [`Secret ${namespace}/${name}`, ...keys.map((key) => `data.${key}`)];
      return [[path, names.join(", ")]];
    }),
  );
}

/** The Step that makes the commit. Its result is the commit that carries what is declared. */
export function publishStep(
  name: string,
  observed: ObservedRepository,
  args: {
    readonly plan: ChangePlan | undefined;
    readonly rendered: RenderedFleet;
    readonly declaration: FleetDeclaration;
    readonly log: (line: string) => void;
  },
  opts: pulumi.CustomResourceOptions,
): Step<string> {
  const { remote } = observed;
  const { plan, rendered, declaration } = args;
  const hasUnknown = rendered.files.some(({ unknown }) => unknown === true);
  return step(
    name,
    {
      input: {
        remote: remote.url,
        branch: remote.branch,
        tree: hasUnknown ? pulumi.unknown : treeId(rendered.files),
      },
      // Without an answer from Git the recorded tree decides.
      settled: plan === undefined || plan.change.isEmpty,
      // What was recorded before tells an emptied repository from a new one.
      check: (previous) => {
        const { reader } = observed;
        const lost =
          previous === undefined || reader === undefined
            ? []
            : lostMarkers(reader.head, rendered.files, declaration);
        if (lost.length > 0) throw new FleetError(lost);
      },
      run: async (previous) => {
        const { adopt = [], restore = [] } = declaration;
        const { commit } = await publish(remote, rendered.owner, declarationOf(rendered), {
          adopt,
          restore,
          formerly: declaration.formerly,
          publishedBefore: previous !== undefined,
          onProgress: args.log,
        });
        return commit;
      },
    },
    opts,
  );
}

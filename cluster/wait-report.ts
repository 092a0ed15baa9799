import type { Finding } from "../errors.js";
import { clusterFinding } from "./problems.js";
import { shortRevision } from "./revision.js";
import type { ObjectState } from "./wait-judge.js";

/** One object of a cluster when the waiting ended. */
export interface ObjectReport {
  /** For example `Kustomization flux-system/apps`. */
  readonly object: string;
  readonly state: ObjectState;
  /** Whether a failing state was found to last. */
  readonly lost: boolean;
}

/** One cluster when the waiting ended. */
export interface ClusterReport {
  readonly cluster: string;
  /** Whether it runs the commit, apart from what is suspended. */
  readonly reached: boolean;
  readonly objects: readonly ObjectReport[];
  /** Set when the cluster itself could not be asked. */
  readonly problem?: Finding;
}

/** What {@link watchFleet} found, in the order of the clusters. */
export interface WaitReport {
  readonly clusters: readonly ClusterReport[];
  /** What keeps `up` from succeeding (severity error) and what people should know (severity warning). */
  readonly findings: readonly Finding[];
}

/** Why the waiting for a cluster ended. */
export type WaitEnd = "settled" | "timeout" | "cancelled";

/** Whether nothing about this object will change by waiting longer. */
export function isSettled({ state, lost }: ObjectReport): boolean {
  switch (state.kind) {
    case "current":
    case "reported":
    case "suspended":
    case "held":
      return true;
    case "failing":
      return lost;
    case "waiting":
      return false;
  }
}

/** The findings about one cluster's objects. */
export function findingsOf(
  cluster: string,
  objects: readonly ObjectReport[],
  end: WaitEnd,
  seconds: number,
): readonly Finding[] {
  return objects.flatMap((report) => {
    const { object, state } = report;
    const holds = heldList(objects, object);
    switch (state.kind) {
      case "current":
        return [];
      case "held":
        return objects.some((other) => other.object === state.by) ? [] : [late(report)];
      case "reported":
        return state.ready
          ? []
          : [warning(object, `it is not Ready: ${state.detail}.`, lookAtTenant)];
      case "suspended":
        return state.current && holds === ""
          ? [warning(object, `${state.detail}.`, resume)]
          : [warning(object, `${state.detail}, so it does not run the commit${holds}.`, resume)];
      case "failing": {
        const source = object.startsWith("GitRepository");
        return [
          clusterFinding(
            source ? "WAIT_SOURCE_FAILED" : "WAIT_FAILED",
            cluster,
            `${state.reason}: ${withoutStop(state.message)}${holds}.`,
            source
              ? "Mend the source or its credentials; clusters that read it go on with what they have."
              : "Mend it in Git and run up again; everything else of this commit is applied.",
            object,
          ),
        ];
      }
      case "waiting":
        return [late(report)];
    }
  });

  function warning(object: string, problem: string, remedy: string): Finding {
    return {
      ...clusterFinding("WAIT_NOT_CURRENT", cluster, problem, remedy, object),
      severity: "warning",
    };
  }

  function late({ object, state }: ObjectReport): Finding {
    const detail = "detail" in state ? withoutStop(state.detail) : "";
    const gone = object.endsWith(goneSuffix);
    const what = gone ? "it is still there" : "it does not run the commit";
    const when = end === "cancelled" ? "when the waiting was ended" : `after ${seconds} seconds`;
    return clusterFinding(
      end === "cancelled" ? "WAIT_CANCELLED" : gone ? "WAIT_NOT_GONE" : "WAIT_TIMEOUT",
      cluster,
      `${what} ${when}: ${detail}.`,
      "Run up again to go on waiting; nothing has to be repeated.",
      gone ? object.slice(0, -goneSuffix.length) : object,
    );
  }
}

/** Marks the report of an object that has to leave. */
export const goneSuffix = " (leaving)";

const resume = "Resume it with the flux command when it should follow the repository again.";
const lookAtTenant =
  "Tell whoever owns it; set `waitFor` on the tenant, or `wait` on the layer, if its failure should stop up.";

function heldList(objects: readonly ObjectReport[], by: string): string {
  const held = objects.filter(({ state }) => state.kind === "held" && state.by === by);
  if (held.length === 0) return "";
  const names = held.slice(0, 10).map(({ object }) => object.replace(/^Kustomization /, ""));
  const more = held.length > names.length ? ` and ${held.length - names.length} more` : "";
  return `; it holds back ${names.join(", ")}${more}`;
}

function withoutStop(text: string): string {
  return text.replace(/[.\s]+$/, "");
}

/** One line about a cluster for people who watch. */
export function progressLine(objects: readonly ObjectReport[], commit: string): string {
  const done = objects.filter(({ state }) => state.kind === "current").length;
  const parts = [`${done} of ${objects.length} at ${shortRevision(commit)}`];
  const waiting = objects.filter((one) => !isSettled(one));
  const first = waiting[0];
  if (first !== undefined) {
    const { state } = first;
    const why = state.kind === "failing" ? `${state.reason}: ${state.message}` : detail(state);
    const more = waiting.length > 1 ? ` and ${waiting.length - 1} more` : "";
    parts.push(`waiting for ${first.object}${more} (${why.slice(0, 160)})`);
  }
  for (const kind of ["suspended", "held"] as const) {
    const names = objects.filter(({ state }) => state.kind === kind).map(({ object }) => object);
    if (names.length > 0) parts.push(`${kind}: ${names.join(", ")}`);
  }
  const failed = objects.filter(({ state, lost }) => state.kind === "failing" && lost);
  if (failed.length > 0) parts.push(`failed: ${failed.map(({ object }) => object).join(", ")}`);
  return parts.join("; ");
}

function detail(state: ObjectState): string {
  return "detail" in state ? state.detail : state.kind;
}

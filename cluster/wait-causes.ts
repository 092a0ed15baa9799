import type { CallOptions, ClusterClient } from "./client.js";
import { conditionOf, fluxKinds } from "./flux-objects.js";
import { safeMessage } from "./message.js";
import { at, describeObject, listAt, textAt, type KubeObject, type ObjectRef } from "./objects.js";
import type { ObjectReport } from "./wait-report.js";

/** The most objects that are looked at for one Kustomization, and the most that are told. */
const mostAsked = 20;
const mostTold = 5;
/** The most of what one condition says. */
const longestText = 280;

/**
 * The same reports, where Kustomizations that wait for the health of what they applied tell which of
 * it is not healthy, and what it says about itself. What cannot be read is left out.
 */
export async function withCauses(
  client: ClusterClient,
  reports: readonly ObjectReport[],
  options: CallOptions,
): Promise<readonly ObjectReport[]> {
  return Promise.all(
    reports.map(async (report) => {
      const told = toldBy(report);
      if (told === undefined) return report;
      const causes = await healthCauses(client, report.object, told, options).catch(() => []);
      return causes.length === 0 ? report : withText(report, causes.join("; "));
    }),
  );
}

/** What a Kustomization says while it checks health, or after that failed; undefined for every other. */
function toldBy({ object, state }: ObjectReport): string | undefined {
  if (!object.startsWith("Kustomization ")) return undefined;
  if (state.kind === "failing" && state.reason === "HealthCheckFailed") return state.message;
  return state.kind === "waiting" && /health check/i.test(state.detail) ? "" : undefined;
}

function withText(report: ObjectReport, causes: string): ObjectReport {
  const { state } = report;
  if (state.kind === "failing") {
    return { ...report, state: { ...state, message: `${withoutStop(state.message)}. ${causes}` } };
  }
  return state.kind === "waiting"
    ? { ...report, state: { ...state, detail: `${withoutStop(state.detail)}. ${causes}` } }
    : report;
}

function withoutStop(text: string): string {
  return text.replace(/[.\s]+$/, "");
}

/** What is not healthy of what a Kustomization applied; of what it names itself where it does. */
async function healthCauses(
  client: ClusterClient,
  key: string,
  told: string,
  options: CallOptions,
): Promise<readonly string[]> {
  const [namespace = "", name = ""] = key.slice("Kustomization ".length).split("/");
  const live = await client.get({ ...fluxKinds.Kustomization, namespace, name }, options);
  const applied = inventoryOf(live);
  const named = applied.filter((ref) => told.includes(`${shortName(ref)} status`));
  const asked = (named.length > 0 ? named : applied).slice(0, mostAsked);
  const causes = await Promise.all(
    asked.map(async (ref) => {
      const object = await client.get(ref, options).catch(() => undefined);
      const cause = object === undefined ? undefined : unhealthy(object);
      return cause === undefined ? [] : [`${describeObject(ref)}: ${cause}`];
    }),
  );
  return causes.flat().slice(0, mostTold);
}

/** As kustomize-controller writes it in the message of a failed check. */
function shortName({ kind, namespace, name }: ObjectRef): string {
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/** What a Kustomization has applied, from its status. */
function inventoryOf(kustomization: KubeObject | undefined): readonly ObjectRef[] {
  return listAt(kustomization, "status", "inventory", "entries").flatMap((entry) => {
    const [namespace = "", name = "", group = "", kind = ""] = (textAt(entry, "id") ?? "").split(
      "_",
    );
    const version = textAt(entry, "v") ?? "v1";
    if (name === "" || kind === "") return [];
    return [
      {
        apiVersion: group === "" ? version : `${group}/${version}`,
        kind,
        namespace: namespace === "" ? undefined : namespace,
        // Colons in the names of roles are written as two underscores, which split the entry.
        name,
      },
    ];
  });
}

/** Conditions that say something bad when they are "False", and when they are "True". */
const wanted = ["Ready", "Released", "TestSuccess", "Available", "Progressing"];
const unwanted = ["Stalled", "Remediated", "Failed", "ReplicaFailure"];

/** What an object says against itself; undefined when it does not. */
export function unhealthy(object: KubeObject): string | undefined {
  const said = [
    ...wanted.map((type) => ({ type, bad: "False" })),
    ...unwanted.map((type) => ({ type, bad: "True" })),
  ].flatMap(({ type, bad }): readonly string[] => {
    const condition = conditionOf(object, type);
    if (condition?.status !== bad) return [];
    const text = [condition.reason, condition.message].filter((part) => part !== "").join(": ");
    return [shortened(withoutStop(safeMessage(text)))];
  });
  return said.length > 0 ? [...new Set(said)].join(", ") : missingPods(object);
}

function shortened(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText - 1)}…`;
}

/** StatefulSets and DaemonSets have numbers instead of conditions. */
function missingPods(object: KubeObject): string | undefined {
  const desired = at(object, "status", "desiredNumberScheduled") ?? at(object, "spec", "replicas");
  const ready = at(object, "status", "numberReady") ?? at(object, "status", "readyReplicas") ?? 0;
  if (typeof desired !== "number" || typeof ready !== "number" || ready >= desired)
    return undefined;
  return `${String(ready)} of ${String(desired)} pods are ready`;
}

import type { Finding } from "../../../errors.js";
import { quoted } from "../../../graph/values/names.js";
import type { FleetModel, ModelCluster, ModelLayer, ModelTenant } from "../model.js";
import { appliedOverrides, everyOverride, isSameSecret, replaced } from "../overrides.js";
import type { Overrides, WrittenOverride } from "../overrides.js";
import type { SecretPart } from "../../sops/secrets/secret.js";
import { holdsUnknown } from "../tree/rendered-file.js";
import { partTitle } from "./shape-validation.js";

/**
 * The findings of overrides that are not what their author believes: for clusters that do not exist,
 * for clusters on which the part is not, or without any effect.
 */
export function overrideFindings(model: FleetModel): readonly Finding[] {
  const clusters = new Map(model.clusters.map((cluster) => [cluster.name, cluster]));
  return [...model.layers, ...model.tenants].flatMap((item) => {
    const { overrides } = item.part.args;
    if (overrides === undefined) return [];
    const title = partTitle(item.part.kind, item.part.name);
    const own = item.clusters.flatMap((name) => clusters.get(name) ?? []);
    return everyOverride<object>(overrides).flatMap(
      (written) =>
        keyFinding(model, written, title) ??
        reachFinding(own, written, item, title) ??
        effectFindings(own, written, item.part.args, title),
    );
  });
}

/** An environment, ring or cluster that the fleet does not have. */
function keyFinding(
  { index }: FleetModel,
  { table, key, at }: WrittenOverride<object>,
  title: string,
): Finding | undefined {
  const known = { environments: index.environments, rings: index.rings, clusters: index.names };
  if (known[table].includes(key)) return undefined;
  const what = table.slice(0, -1);
  return {
    code: table === "clusters" ? "NOT_LISTED" : "EMPTY_SELECTOR",
    path: `${title}: ${at}`,
    problem:
      table === "clusters"
        ? `Cluster ${quoted(key)} is not listed in the fleet.`
        : `No cluster is in ${what} ${quoted(key)}.`,
    remedy: `Use one of ${known[table].map((name) => quoted(name)).join(", ")}.`,
  };
}

/** Overrides for clusters that exist, but without the part. */
function reachFinding(
  own: readonly ModelCluster[],
  written: WrittenOverride<object>,
  { part }: ModelLayer | ModelTenant,
  title: string,
): Finding | undefined {
  if (own.length === 0 || own.some((cluster) => isReached(cluster, written))) return undefined;
  return {
    code: "OVERRIDE_UNUSED",
    path: `${title}: ${written.at}`,
    problem: `The ${part.kind} is on no cluster that this would change.`,
    remedy: "Remove it, or select those clusters too.",
  };
}

/** Values that every reached cluster would have without them, or that something more specific replaces. */
function effectFindings(
  own: readonly ModelCluster[],
  written: WrittenOverride<object>,
  args: { readonly overrides?: Overrides<object> },
  title: string,
): readonly Finding[] {
  const reached = own.filter((cluster) => isReached(cluster, written));
  const fields = fieldsOf(written.value);
  if (reached.length === 0) return [];
  const idle = fields.filter(({ valueIn }) =>
    reached.every((cluster) => {
      const applied = appliedOverrides(args.overrides, cluster);
      const others = applied.filter(({ at }) => at !== written.at);
      return same(valueIn(args, applied), valueIn(args, others));
    }),
  );
  const finding = (path: string, problem: string): Finding => ({
    code: "OVERRIDE_UNUSED",
    path: `${title}: ${path}`,
    problem,
    remedy: "Remove it.",
    severity: "warning",
  });
  return fields.length === 0
    ? [finding(written.at, "It changes nothing.")]
    : idle.map(({ name }) =>
        finding(`${written.at}.${name}`, "Each of its clusters has the same value without it."),
      );
}

function isReached(
  { name, environment, ring }: ModelCluster,
  { table, key }: WrittenOverride<object>,
): boolean {
  return key === { environments: environment, rings: ring, clusters: name }[table];
}

/** Something that an override gives, and what a part comes to in it. */
interface GivenField {
  readonly name: string;
  readonly valueIn: (args: object, applied: readonly { readonly value: object }[]) => unknown;
}

/** What an override gives: its fields, of Secrets each one for itself. */
function fieldsOf(value: {
  readonly secrets?: readonly SecretPart<unknown>[];
}): readonly GivenField[] {
  const { secrets = [], ...rest } = value;
  const fields = Object.keys(rest).map((name) => ({
    name,
    valueIn: valueOf.bind(undefined, name),
  }));
  const ofSecrets = secrets.map((secret) => ({
    name: `secrets[${quoted(secret.name)}]`,
    valueIn: (...given: Parameters<GivenField["valueIn"]>) => {
      const list = (valueOf("secrets", ...given) ?? []) as readonly SecretPart<unknown>[];
      return list.find((one) => isSameSecret(one, secret));
    },
  }));
  return [...fields, ...ofSecrets];
}

function valueOf(
  field: string,
  args: object,
  applied: readonly { readonly value: object }[],
): unknown {
  return applied.reduce(
    (before, { value }) => {
      const item = fieldOf(value, field);
      return item === undefined ? before : replaced(field, before, item);
    },
    fieldOf(args, field),
  );
}

function fieldOf(value: object, field: string): unknown {
  return new Map<string, unknown>(Object.entries(value)).get(field);
}

/** What a preview does not know yet may turn out to be anything. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  const text = JSON.stringify(a);
  return text === JSON.stringify(b) && !holdsUnknown(text);
}

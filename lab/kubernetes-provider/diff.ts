/** What an update would change, field by field, and what would need a replacement. */
import type { Settings } from "./settings.js";
import { isObject, type Json, type JsonObject } from "./values.js";

/** One changed property. */
export interface Change {
  /** Pulumi property path, for example `metadata.labels["app.kubernetes.io/name"]`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  readonly replaces: boolean;
}

/** All changes from old inputs to new ones, in path order. */
export function changesBetween(
  before: JsonObject,
  after: JsonObject,
  settings: Settings,
): readonly Change[] {
  const fixed = ["metadata.name", "metadata.namespace", ...fixedFields(before, settings)];
  const changes: Change[] = [];
  const visit = (old: Json | undefined, now: Json | undefined, path: string): void => {
    if (JSON.stringify(old) === JSON.stringify(now)) return;
    if (isObject(old) && isObject(now)) {
      const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
      for (const key of keys) visit(old[key], now[key], joined(path, key));
      return;
    }
    if (Array.isArray(old) && Array.isArray(now)) {
      const length = Math.max(old.length, now.length);
      for (let i = 0; i < length; i += 1) visit(old[i], now[i], `${path}[${i}]`);
      return;
    }
    const kind = old === undefined ? "add" : now === undefined ? "delete" : "update";
    const replaces = fixed.some((field) => path === field || /^[.[]/.test(tail(path, field)));
    changes.push({ path, kind, replaces });
  };
  visit(before, after, "");
  return changes;
}

/** Whether a change lies at or below a path of `ignoreChanges`. */
export function isIgnored(change: Change, ignored: readonly string[]): boolean {
  return ignored.some((path) => change.path === path || /^[.[]/.test(tail(change.path, path)));
}

/** Fields that Kubernetes does not let anyone change in place. */
function fixedFields(object: JsonObject, settings: Settings): readonly string[] {
  const data = ["data", "stringData", "binaryData", "immutable"];
  switch (object["kind"]) {
    case "ConfigMap":
      return settings.enableConfigMapMutable && object["immutable"] !== true ? [] : data;
    case "Secret":
      return settings.enableSecretMutable && object["immutable"] !== true
        ? ["type"]
        : [...data, "type"];
    case "RoleBinding":
    case "ClusterRoleBinding":
      return ["roleRef"];
    case "Job":
      return ["spec.selector", "spec.template"];
    case "Deployment":
    case "DaemonSet":
    case "StatefulSet":
      return ["spec.selector"];
    case "PersistentVolumeClaim":
      return ["spec"];
    default:
      return [];
  }
}

function tail(path: string, prefix: string): string {
  return path.startsWith(prefix) ? path.slice(prefix.length) : "";
}

function joined(path: string, key: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

import type { Finding } from "../errors.js";
import type { KubernetesObject } from "../manifests/manifest.js";
import { templateFindings } from "./commit-template.js";
import { fieldFinding } from "./field-findings.js";
import type { Elsewhere } from "./history.js";
import { elsewhere } from "./history.js";
import {
  deprecationFindings,
  isFluxGroup,
  isServed,
  kindOf,
  unservedFinding,
} from "./kind-findings.js";
import type { KindName } from "./kind-findings.js";
import { fluxLine, supportedLines } from "./lines.js";
import { metadataSchema } from "./metadata.js";
import type { Problem, Step } from "./problem.js";
import type { Check } from "./validator.js";
import { compileSchema } from "./validator.js";
import { substitutionFindings } from "./substitute-keys.js";

/** How complete the object is that is checked. */
export interface CheckOptions {
  /** Text with `${…}` will be substituted: nothing is said about it. @default false */
  readonly variables?: boolean;
  /** Patches may complete it: nothing is said to be missing. @default false */
  readonly partial?: boolean;
}

/**
 * The findings of an object against the Flux that a cluster runs: what its API server would refuse
 * with strict field validation, and what a controller would refuse later. None for an object that is
 * not of Flux, and none for a Flux that is older than every known line.
 *
 * @param version - a version or line of Flux, for example `2.8.8` or `2.9`
 * @param at - what the object belongs to, for messages: `layer "apps": HelmRelease apps/web`
 */
export function checkObject(
  object: KubernetesObject,
  version: string,
  at: string,
  options: CheckOptions = {},
): readonly Finding[] {
  const name = kindName(object);
  const line = isFluxGroup(name.group) ? lineOf(version) : undefined;
  if (line === undefined) return [];
  const before = at === "" ? "" : `${at}: `;
  if (!isServed(name, line)) return [unservedFinding(name, line, version, before)];
  const problems = problemsOf(object, name, line, options);
  return [
    ...deprecationFindings(name, line, before),
    ...(problems.length === 0
      ? []
      : explained(object, name, line, options, problems).map(([problem, others]) => {
          const place = { at: before, kind: `${name.kind} ${name.version}`, flux: version };
          return fieldFinding(problem, place, others);
        })),
    ...templateFindings(object, before),
    ...substitutionFindings(object, before),
  ];
}

const lines = new Map<string, string | undefined>();

function lineOf(version: string): string | undefined {
  if (!lines.has(version)) lines.set(version, fluxLine(version)?.line);
  return lines.get(version);
}

/** Each problem with the lines in which the same object has none there. */
function explained(
  object: KubernetesObject,
  name: KindName,
  line: string,
  options: CheckOptions,
  problems: readonly Problem[],
): readonly (readonly [Problem, Elsewhere])[] {
  const others = new Map(
    supportedLines
      .filter((other) => other !== line && isServed(name, other))
      .map((other) => [other, problemsOf(object, name, other, options)]),
  );
  return problems.map((problem) => [
    problem,
    elsewhere(line, (other) => others.get(other)?.some((one) => covers(one, problem)) === false),
  ]);
}

/** Whether one problem says as much as another: that it has no place, or that its value is wrong. */
function covers(one: Problem, other: Problem): boolean {
  const within = one.trail.every((step, index) => step === other.trail[index]);
  if (!within || one.trail.length > other.trail.length) return false;
  if (one.fault.kind === "unknown") return true;
  if (one.trail.length < other.trail.length) return one.fault.kind === "type";
  return other.fault.kind !== "unknown";
}

function kindName({ apiVersion, kind }: KubernetesObject): KindName {
  const slash = apiVersion.indexOf("/");
  return { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1), kind };
}

/** Compiled once for each version of a kind in a line. */
const checks = new Map<string, Check>();

function problemsOf(
  object: KubernetesObject,
  name: KindName,
  line: string,
  { variables = false, partial = false }: CheckOptions,
): readonly Problem[] {
  const key = `${line} ${name.kind} ${name.version}`;
  let check = checks.get(key);
  if (check === undefined) {
    check = compileKind(name, line);
    checks.set(key, check);
  }
  const problems: Problem[] = [];
  const trail: Step[] = [];
  check(object, { trail, problems, variables, partial });
  return problems;
}

/** The check of one version of a kind in a line. */
function compileKind(name: KindName, line: string): Check {
  const schema = kindOf(name, line)?.versions[name.version]?.schema ?? {};
  return compileSchema({
    ...schema,
    required: [...(schema.required ?? []), "metadata"],
    properties: {
      ...schema.properties,
      metadata: metadataSchema,
      // Dropped by the API server whatever is in it.
      status: { "x-kubernetes-preserve-unknown-fields": true },
    },
  });
}

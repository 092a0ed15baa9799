import type { Finding } from "../../errors.js";
import { quoted } from "../../graph/values/names.js";
import { nearest } from "../../graph/values/nearest.js";
import { objectTitle } from "../../graph/objects.js";
import {
  isLeftAlone,
  markedTexts,
  unsafeValue,
  variableReferences,
} from "../../manifests/substitution.js";
import { writtenReferences } from "../../manifests/substitution-syntax.js";
import type { LayerContents } from "./contents.js";

/** Something whose texts Flux substitutes, and what it is called. */
export interface SubstitutedThing {
  readonly title: string;
  readonly value: object;
}

/** One finding about several clusters. */
type Shared = Omit<Finding, "problem"> & { readonly problem: (clusters: string) => string };

/**
 * The findings of the references that the objects and patches of a layer make, over all of its
 * clusters: to variables without a value, with one that cannot be put in, or written in Flux's form.
 *
 * @param title - how the layer is called, for example `Layer "infrastructure"`
 */
export function referenceFindings(contents: LayerContents, title: string): readonly Finding[] {
  const { findings, add } = collected();
  const defaults = new Map<string, string>();
  const textsOf = markedTexts();
  for (const [cluster, { declared, patches, variables, environment }] of contents.clusters) {
    const { values } = variables;
    const things: readonly SubstitutedThing[] = [
      ...declared.map(({ object }) => ({ title: objectTitle(object), value: object })),
      ...[...(contents.environments.get(environment)?.patches ?? []), ...patches].map((patch) => ({
        title: patch.at,
        value: patch.patch,
      })),
    ];
    for (const thing of things) {
      const isAlone = isLeftAlone(thing.value);
      for (const { text, path: at } of textsOf(thing.value)) {
        const path = `${title}: ${thing.title}: ${at}`;
        for (const { name, default: value } of variableReferences(text)) {
          const other = value === undefined ? undefined : defaults.get(name);
          if (value !== undefined) defaults.set(name, other ?? value);
          if (isAlone) add(cluster, leftAlone(name, path));
          else if (!Object.hasOwn(values, name)) add(cluster, unset(name, values, path));
          else if (other !== undefined && other !== value) add(cluster, ambiguous(name, path));
          else {
            const why = unsafeValue(values[name] ?? "", text);
            if (why !== undefined) add(cluster, unsafe(name, why, path));
          }
        }
        for (const { name } of isAlone ? [] : writtenReferences(text).references) {
          if (Object.hasOwn(values, name)) add(cluster, unmarked(name, path));
        }
      }
    }
  }
  return findings();
}

/**
 * The findings of what people wrote, as Flux substitutes it on the clusters of a layer.
 *
 * @param title - how the layer is called, for example `Layer "infrastructure"`
 */
export function writtenReferenceFindings(
  clusters: readonly {
    readonly name: string;
    readonly values: Readonly<Record<string, string>>;
    readonly things: readonly SubstitutedThing[];
  }[],
  title: string,
): readonly Finding[] {
  const { findings, add } = collected();
  const textsOf = markedTexts();
  for (const { name: cluster, values, things } of clusters) {
    if (Object.keys(values).length === 0) continue;
    for (const thing of things.filter(({ value }) => !isLeftAlone(value))) {
      for (const { text, path: at } of textsOf(thing.value)) {
        const path = `${title}: ${thing.title}: ${at}`;
        const { references, broken } = writtenReferences(text);
        if (broken !== undefined) add(cluster, unreadable(broken, path));
        for (const { name, optional } of references) {
          if (!optional && !Object.hasOwn(values, name)) add(cluster, unset(name, values, path));
        }
      }
    }
  }
  return findings();
}

function collected(): {
  readonly add: (cluster: string, shared: Shared) => void;
  readonly findings: () => readonly Finding[];
} {
  const found = new Map<string, { readonly shared: Shared; readonly clusters: Set<string> }>();
  return {
    add: (cluster, shared) => {
      const key = [shared.path, shared.code, shared.problem("")].join("\0");
      const entry = found.get(key) ?? { shared, clusters: new Set() };
      found.set(key, entry);
      entry.clusters.add(cluster);
    },
    findings: () =>
      [...found.values()].map(({ shared, clusters }) => {
        const shown = [...clusters].slice(0, 3).map((name) => quoted(name));
        const more = clusters.size - shown.length;
        const all = more > 0 ? `${shown.join(", ")} and ${String(more)} more` : shown.join(", ");
        return { ...shared, problem: shared.problem(all) };
      }),
  };
}

function unset(name: string, values: Readonly<Record<string, string>>, path: string): Shared {
  const known = nearest(name, Object.keys(values));
  const use = known.length === 0 ? "" : `, or use ${known.map((item) => quoted(item)).join(", ")}`;
  return {
    code: "UNSET_VARIABLE",
    path,
    problem: (clusters) => `Variable ${quoted(name)} has no value on ${clusters}.`,
    remedy: `Give it one in \`variables\`, or a default${use}; Flux 2.9 applies nothing of the layer without.`,
  };
}

function unsafe(name: string, why: string, path: string): Shared {
  return {
    code: "UNSAFE_VARIABLE",
    path,
    problem: (clusters) => `The value of variable ${quoted(name)} on ${clusters} ${why}.`,
    remedy: "Use another value, or write the text into the object with a patch in `overrides`.",
  };
}

function ambiguous(name: string, path: string): Shared {
  return {
    code: "INVALID_VARIABLE",
    path,
    problem: () => `Variable ${quoted(name)} has another default elsewhere in the layer.`,
    remedy: "Use one default, or give the value in `variables` of the layer.",
  };
}

function leftAlone(name: string, path: string): Shared {
  return {
    code: "INVALID_VARIABLE",
    path,
    problem: () => `Flux puts no variable into this object, so ${quoted(name)} would stay.`,
    remedy: "Drop kustomize.toolkit.fluxcd.io/substitute from the object, or the reference.",
  };
}

function unmarked(name: string, path: string): Shared {
  return {
    code: "UNMARKED_VARIABLE",
    path,
    problem: () =>
      `The text names variable ${quoted(name)} in Flux's form, and would reach the cluster as it is.`,
    remedy: `Write \`variable(${quoted(name)})\`; if the text is meant, give the variable another name.`,
  };
}

function unreadable(broken: string, path: string): Shared {
  return {
    code: "BROKEN_SUBSTITUTION",
    path,
    problem: (clusters) => `Flux cannot read ${quoted(broken)} as a variable on ${clusters}.`,
    remedy:
      "Write $${ where ${ is meant, or label the object kustomize.toolkit.fluxcd.io/substitute: disabled.",
  };
}

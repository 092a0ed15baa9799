import type { Finding } from "../../../errors.js";
import { nameFindings, quoted } from "../../../graph/values/names.js";
import type { FleetModel } from "../model.js";
import { selectorFindings } from "./selector-validation.js";

/** The findings of `external`: text that names no object, and selectors that find no cluster. */
export function externalFindings(model: FleetModel): readonly Finding[] {
  return (model.declaration.external ?? []).flatMap(
    ({ kind, name, namespace, clusters }, index) => {
      const field = (key: string): string => `external[${String(index)}].${key}`;
      return [
        ...textFindings(kind, /^[A-Z][A-Za-z0-9]*$/, field("kind"), "a kind, such as Secret"),
        // What an API server takes as one step of a path; names of some kinds hold ":".
        ...textFindings(
          name,
          /^(?!\.{1,2}$)[^/%\s]{1,253}$/,
          field("name"),
          "the name of an object",
        ),
        ...(namespace === undefined ? [] : nameFindings(namespace, field("namespace"))),
        ...(clusters === undefined ? [] : selectorFindings(model, clusters, field("clusters"))),
      ];
    },
  );
}

function textFindings(text: string, rule: RegExp, path: string, what: string): readonly Finding[] {
  return rule.test(text)
    ? []
    : [
        {
          code: "INVALID_ARGUMENT",
          path,
          problem: `${quoted(text)} is not ${what}.`,
          remedy: "Write it as `kubectl get` shows it.",
        },
      ];
}

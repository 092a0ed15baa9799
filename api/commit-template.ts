import type { Finding } from "../errors.js";
import { quoted } from "../graph/values/names.js";
import type { KubernetesObject } from "../manifests/manifest.js";
import { isPlainObject } from "../manifests/printable.js";

/** Fields of the data that a commit message is made from, by where they are read. */
const dataFields: Readonly<Record<string, readonly string[] | undefined>> = {
  "": ["AutomationObject", "Changed", "Values"],
  AutomationObject: ["Name", "Namespace", "String"],
  Changed: ["Changes", "FileChanges", "Objects"],
};

const changeFields: readonly string[] = ["NewValue", "OldValue", "Setter"];

/** What `.` stands for; undefined when it cannot be told. */
type Dot = "data" | "change" | undefined;

/** One `{{ … }}`, whose texts may hold braces themselves. */
const actionPattern = /\{\{-?((?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|(?!-?\}\})[^"`])*)-?\}\}/g;
const commentPattern = /\{\{-?\s*\/\*[\s\S]*?\*\/\s*-?\}\}/g;
const textPattern = /"(?:[^"\\\n]|\\.)*"|`[^`]*`/g;
/** `.Changed.Changes` or `$.Changed`, but not `$change.OldValue` and not `(index . 1).Name`. */
const chainPattern = /(?<![\w$).])(\$?)((?:\.[A-Za-z_]\w*)+)/g;

/**
 * The findings of the commit message of an ImageUpdateAutomation. The controller meets them only when
 * a commit is due, perhaps weeks later, and stalls.
 *
 * @see https://fluxcd.io/flux/components/image/imageupdateautomations/#message-template
 */
export function templateFindings(object: KubernetesObject, at: string): readonly Finding[] {
  if (object.kind !== "ImageUpdateAutomation") return [];
  const template = textAt(object, ["spec", "git", "commit", "messageTemplate"]);
  if (template === undefined) return [];
  return templateProblems(template).map(([problem, remedy]) => ({
    code: "INVALID_TEMPLATE",
    path: `${at}spec.git.commit.messageTemplate`,
    problem,
    remedy,
  }));
}

type Complaint = readonly [problem: string, remedy: string];

function templateProblems(template: string): readonly Complaint[] {
  const text = template.replace(commentPattern, "");
  if (text.replace(actionPattern, "").includes("{{")) {
    return [["An action is not closed.", "Close every {{ with }}."]];
  }
  const complaints: Complaint[] = [];
  const blocks: Dot[] = [];
  for (const [, inside = ""] of text.matchAll(actionPattern)) {
    const action = inside.replace(textPattern, '""').trim();
    const [word = ""] = action.split(/[\s(]/, 1);
    if (word === "end" && blocks.length === 0) {
      return [["An {{ end }} closes nothing.", "Take it out, or open a block before it."]];
    }
    const dot = blocks.length === 0 ? "data" : blocks.at(-1);
    complaints.push(...unknownFields(action, dot));
    if (word === "end") blocks.pop();
    else if (["if", "range", "with", "block", "define"].includes(word)) {
      blocks.push(dotWithin(word, action, dot));
    } else if (word === "else" && blocks.length > 0 && blocks.at(-1) !== "data") {
      blocks.splice(-1, 1, undefined);
    }
  }
  return blocks.length === 0
    ? complaints
    : [...complaints, ["A block is not ended.", "Add {{ end }}."]];
}

function dotWithin(word: string, action: string, dot: Dot): Dot {
  if (word === "if") return dot;
  const ranges = /^range\s+(?:[^:=]*:=\s*)?\$?\.Changed\.Changes\s*$/.test(action);
  return ranges ? "change" : undefined;
}

function unknownFields(action: string, dot: Dot): readonly Complaint[] {
  return [...action.matchAll(chainPattern)].flatMap(([, dollar, chain = ""]): Complaint[] => {
    const [, first = "", second] = chain.split(".");
    const of = dollar === "$" ? "data" : dot;
    if (of === undefined && first !== "Updated") return [];
    const known = of === "change" ? changeFields : (dataFields[""] ?? []);
    if (!known.includes(first)) return [unknownField(`.${first}`, known)];
    const inner = of === "change" ? undefined : dataFields[first];
    return second === undefined || inner === undefined || inner.includes(second)
      ? []
      : [unknownField(`.${first}.${second}`, inner)];
  });
}

function unknownField(name: string, known: readonly string[]): Complaint {
  const removed = name === ".Updated" || name === ".Changed.ImageResult";
  const problem = removed
    ? `The template uses ${quoted(name)}, which is gone since Flux 2.7.`
    : `The template uses ${quoted(name)}, which Flux does not give it.`;
  const remedy = removed
    ? 'Write {{ range .Changed.Changes }}{{ println .OldValue "->" .NewValue }}{{ end }}.'
    : `Use one of ${known.map((field) => `.${field}`).join(", ")} here.`;
  return [problem, remedy];
}

function textAt(value: unknown, path: readonly string[]): string | undefined {
  const found = path.reduce(
    (fields, key) => (isPlainObject(fields) ? fields[key] : undefined),
    value,
  );
  return typeof found === "string" ? found : undefined;
}

/** What Flux would substitute in a text that people wrote. */
export interface WrittenReferences {
  readonly references: readonly WrittenReference[];
  /** The first thing that Flux cannot read; it then refuses the whole Kustomization. */
  readonly broken?: string;
}

/** One `${...}`. */
export interface WrittenReference {
  readonly name: string;
  /** Whether it stands for something even without a value: `${X:=y}`, `${X:-y}`. */
  readonly optional: boolean;
}

/**
 * The references of a text as Flux reads them: `${NAME}` and bash's forms with an operator, also
 * inside of a default; `$NAME` and `$(NAME)` are none, `$$` stands for `$`.
 *
 * @see https://pkg.go.dev/github.com/fluxcd/pkg/envsubst
 */
export function writtenReferences(text: string): WrittenReferences {
  const references: WrittenReference[] = [];
  for (let at = text.indexOf("$"); at >= 0; at = text.indexOf("$", at)) {
    const next = text[at + 1];
    if (next !== "{") {
      at += next === "$" ? 2 : 1;
      continue;
    }
    const end = readReference(text, at, references);
    if (end === undefined) return { references, broken: shown(text.slice(at)) };
    at = end;
  }
  return { references };
}

const name = /[\p{L}\p{Nd}_]+/uy;
const operator = /:[=\-?+]|=|\^{1,2}|,{1,2}|\/[/#%]?|#{1,2}|%{1,2}|:/y;

/** The end of the reference that begins here; undefined when Flux cannot read it. */
function readReference(text: string, start: number, found: WrittenReference[]): number | undefined {
  let at = start + 2;
  const length = text[at] === "#";
  if (length) at++;
  const word = matchAt(name, text, at);
  if (word === undefined) return undefined;
  at += word.length;
  if (text[at] === "}") {
    found.push({ name: word, optional: false });
    return at + 1;
  }
  const sign = length ? undefined : matchAt(operator, text, at);
  if (sign === undefined) return undefined;
  at += sign.length;
  const optional = /^:[=\-?+]$|^=$/.test(sign);
  found.push({ name: word, optional });
  return /^[,^]/.test(sign) && text[at] !== "}" ? undefined : readArguments(text, at, sign, found);
}

function readArguments(
  text: string,
  start: number,
  sign: string,
  found: WrittenReference[],
): number | undefined {
  let slashes = 0;
  for (let at = start; at < text.length;) {
    const character = text[at];
    if (character === "}") {
      return sign.startsWith("/") && slashes === 0 ? undefined : at + 1;
    }
    if (character === "$" && text[at + 1] === "{") {
      const end = readReference(text, at, found);
      if (end === undefined) return undefined;
      at = end;
      continue;
    }
    if (character === "/") slashes++;
    at += character === "\\" && sign.startsWith("/") ? 2 : 1;
  }
  return undefined;
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function shown(text: string): string {
  const line = text.split("\n")[0] ?? "";
  return line.length > 40 ? `${line.slice(0, 40)}…` : line;
}

/**
 * Regular expressions of Go as far as they mean the same in every reader. SOPS takes an expression
 * that it cannot compile for one that matches nothing, and writes every secret in plaintext; so an
 * expression outside of this subset is refused, never passed on.
 *
 * @see https://pkg.go.dev/regexp/syntax
 */

const classes: Readonly<Record<string, string>> = {
  ...{ d: "0-9", w: "A-Za-z0-9_", s: "\\t\\n\\f\\r " },
};
const posix: Readonly<Record<string, string>> = {
  ...{ alnum: "A-Za-z0-9", alpha: "A-Za-z", digit: "0-9", lower: "a-z", upper: "A-Z" },
  ...{ word: "A-Za-z0-9_", xdigit: "A-Fa-f0-9", space: "\\t\\n\\v\\f\\r " },
};
const quantifier = /^(?:[*+?]|\{(\d{1,3})(,\d{0,3})?\})\??/;

/** The rule of every Secret of Kubernetes, asked for several times for each file. */
const everyday: ReadonlyMap<string, RegExp> = new Map([
  ["^(data|stringData)$", /^(?:data|stringData)$/u],
]);

/** The same expression for JavaScript, undefined when it is outside of the subset. */
export function compileGoRegex(source: string): RegExp | undefined {
  return everyday.get(source) ?? compile(source);
}

function compile(source: string): RegExp | undefined {
  const ignoresCase = source.startsWith("(?i)");
  const translated = translate(ignoresCase ? source.slice(4) : source);
  if (translated === undefined) return undefined;
  try {
    return new RegExp(translated, ignoresCase ? "iu" : "u");
  } catch {
    return undefined;
  }
}

interface Group {
  /** Holds an alternative or repeats without end, so that repeating it could take for ever. */
  costly: boolean;
}

function translate(source: string): string | undefined {
  const groups: Group[] = [{ costly: false }];
  let out = "";
  let rest = source;
  // What a quantifier would repeat: nothing, a character, or a group.
  let last: Group | undefined;
  const take = (length: number, text: string, repeatable: Group | undefined): void => {
    out += text;
    rest = rest.slice(length);
    last = repeatable;
  };
  while (rest !== "") {
    const group = groups.at(-1);
    if (group === undefined) return undefined;
    const [repeat] = quantifier.exec(rest) ?? [];
    const atom = atomOf(rest);
    if (repeat !== undefined) {
      const endless = /^(?:[*+]|\{\d+,\})/.test(repeat);
      if (last === undefined || (endless && last.costly)) return undefined;
      if (endless) for (const each of groups) each.costly = true;
      take(repeat.length, repeat, undefined);
    } else if (rest.startsWith("(")) {
      if (/^\(\?(?!:)/.test(rest)) return undefined;
      groups.push({ costly: false });
      take(rest.startsWith("(?:") ? 3 : 1, "(?:", undefined);
    } else if (rest.startsWith(")")) {
      groups.pop();
      take(1, ")", group);
    } else if (rest.startsWith("|")) {
      group.costly = true;
      take(1, "|", undefined);
    } else if (/^[$^]/.test(rest)) take(1, rest.slice(0, 1), undefined);
    else if (atom === undefined) return undefined;
    else take(atom.length, atom.text, { costly: false });
  }
  return groups.length === 1 ? out : undefined;
}

/** One character or class at the start of the text. */
function atomOf(rest: string): { readonly length: number; readonly text: string } | undefined {
  if (rest.startsWith(".")) return { length: 1, text: "[^\\n]" };
  if (rest.startsWith("[")) return classOf(rest);
  const escaped = /^\\([dwsDWS])/.exec(rest)?.[1];
  if (escaped !== undefined) {
    const isNegated = escaped === escaped.toUpperCase();
    const members = classes[escaped.toLowerCase()] ?? "";
    return { length: 2, text: `[${isNegated ? "^" : ""}${members}]` };
  }
  const [literal] = /^(?:\\[tnrfv]|\\[!-/:-@[-`{-~]|[^\\*+?{}()[\]|^$.])/u.exec(rest) ?? [];
  return literal === undefined ? undefined : { length: literal.length, text: literalText(literal) };
}

/** `[a-z_]`, `[^/]`, `[[:alpha:]-]`. */
function classOf(rest: string): { readonly length: number; readonly text: string } | undefined {
  const pattern = /^\[(\^?)((?:\[:[a-z]+:\]|\\[dwstnrfv!-/:-@[-`{-~]|[^\\[\]])+)\]/u;
  const [whole, negated = "", members = ""] = pattern.exec(rest) ?? [];
  if (whole === undefined) return undefined;
  if ([...members.matchAll(/\[:([a-z]+):\]/g)].some(([, name = ""]) => !(name in posix))) {
    return undefined;
  }
  const text = members.replace(
    /\[:([a-z]+):\]|\\([dws])|\\([!-/:-@[-`{-~])|[&~!#%,;<=>@`"']/g,
    (found: string, name?: string, short?: string, literal?: string) => {
      if (literal !== undefined) return escapedInClass(literal);
      return posix[name ?? ""] ?? classes[short ?? ""] ?? found;
    },
  );
  return { length: whole.length, text: `[${negated}${text}]` };
}

function literalText(literal: string): string {
  const character = literal.length > 1 && literal.startsWith("\\") ? literal.slice(1) : literal;
  if (/^\\[tnrfv]$/.test(literal)) return literal;
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

/** A literal member of a class; JavaScript allows a backslash before syntax characters only. */
function escapedInClass(character: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(character) ? `\\${character}` : character;
}

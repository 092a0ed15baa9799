import type { FieldSchema } from "./schema.js";

/** Whether a value obeys a rule. A rule that cannot be evaluated is not obeyed, as on an API server. */
export type CompiledRule = (self: unknown) => boolean;

/** Values by variable name. */
type Scope = Readonly<Record<string, unknown>>;

/** An expression, and what is known of the value it gives. */
interface Expression {
  readonly of: (scope: Scope) => unknown;
  readonly schema?: FieldSchema | undefined;
  /** Whether the field that is selected last is there; only for selections. */
  readonly present?: (scope: Scope) => boolean;
}

const token = /\s*(?:([A-Za-z_]\w*)|(\d+)|'((?:[^'\\]|\\.)*)'|(&&|\|\||[=!<>]=|[!<>().,]))/y;
const word = /^[A-Za-z_]\w*$/;

/**
 * Compiles a rule of the subset of CEL that Flux's CRDs use: fields, `has`, `size`, `matches`, `all`,
 * comparison and logic. Fields that are left out have the default of the schema.
 *
 * @throws SyntaxError for anything beyond it
 */
export function compileRule(rule: string, schema: FieldSchema): CompiledRule {
  const tokens = tokensOf(rule);
  const expression = new Parser(tokens, new Map([["self", schema]])).whole();
  return (self) => {
    try {
      return expression.of({ self }) === true;
    } catch (error) {
      if (error instanceof NoSuchField) return false;
      throw error;
    }
  };
}

class NoSuchField extends Error {}

function tokensOf(rule: string): readonly string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < rule.trimEnd().length) {
    const found = token.exec(rule);
    if (found === null) throw new SyntaxError(`beyond the known part of CEL: ${rule}`);
    // A string keeps its quote, so that it cannot be taken for a name.
    const [, name, number, text, sign] = found;
    tokens.push(
      text === undefined
        ? (name ?? number ?? sign ?? "")
        : `'${text.replace(/\\(.)/g, (_, character: string) => character)}`,
    );
  }
  return tokens;
}

class Parser {
  private position = 0;

  constructor(
    private readonly tokens: readonly string[],
    private readonly variables: Map<string, FieldSchema | undefined>,
  ) {}

  whole(): Expression {
    const expression = this.or();
    if (this.position < this.tokens.length) this.fail();
    return expression;
  }

  private or(): Expression {
    let left = this.and();
    while (this.take("||")) left = logic(left, this.and(), true);
    return left;
  }

  private and(): Expression {
    let left = this.comparison();
    while (this.take("&&")) left = logic(left, this.comparison(), false);
    return left;
  }

  private comparison(): Expression {
    const left = this.unary();
    const sign = ["==", "!=", ">", "<", ">=", "<="].find((one) => this.take(one));
    if (sign === undefined) return left;
    const right = this.unary();
    return { of: (scope) => compare(sign, left.of(scope), right.of(scope)) };
  }

  private unary(): Expression {
    if (!this.take("!")) return this.member();
    const operand = this.unary();
    return { of: (scope) => operand.of(scope) !== true };
  }

  private member(): Expression {
    let value = this.primary();
    while (this.take(".")) {
      const name = this.name();
      value = this.take("(") ? this.method(value, name) : select(value, name);
    }
    return value;
  }

  private method(value: Expression, name: string): Expression {
    if (name === "matches") {
      const pattern = new RegExp(this.text(), "u");
      this.expect(")");
      return { of: (scope) => pattern.test(String(value.of(scope))) };
    }
    if (name !== "all") this.fail();
    const item = this.name();
    this.expect(",");
    this.variables.set(item, value.schema?.items);
    const predicate = this.or();
    this.variables.delete(item);
    this.expect(")");
    return {
      of: (scope) =>
        listOf(value.of(scope)).every((one) => predicate.of({ ...scope, [item]: one }) === true),
    };
  }

  private primary(): Expression {
    if (this.take("(")) {
      const inner = this.or();
      this.expect(")");
      return inner;
    }
    const next = this.tokens[this.position] ?? "";
    if (next.startsWith("'")) {
      const text = this.text();
      return { of: () => text };
    }
    if (/^\d/.test(next)) {
      this.position++;
      return { of: () => Number(next) };
    }
    const name = this.name();
    if (this.variables.has(name)) {
      return { of: (scope) => scope[name], schema: this.variables.get(name) };
    }
    this.expect("(");
    const value = this.or();
    this.expect(")");
    if (name === "size") return { of: (scope) => sizeOf(value.of(scope)) };
    const { present } = value;
    if (name !== "has" || present === undefined) this.fail();
    return { of: present };
  }

  private name(): string {
    const next = this.tokens[this.position++] ?? "";
    return word.test(next) ? next : this.fail();
  }

  private text(): string {
    const next = this.tokens[this.position++] ?? "";
    return next.startsWith("'") ? next.slice(1) : this.fail();
  }

  private take(sign: string): boolean {
    const taken = this.tokens[this.position] === sign;
    if (taken) this.position++;
    return taken;
  }

  private expect(sign: string): void {
    if (!this.take(sign)) this.fail();
  }

  private fail(): never {
    throw new SyntaxError(`beyond the known part of CEL: ${this.tokens.join(" ")}`);
  }
}

function select(value: Expression, name: string): Expression {
  const schema = value.schema?.properties?.[name];
  const field = (scope: Scope): unknown => {
    const fields = value.of(scope);
    const found =
      typeof fields === "object" && fields !== null && Object.hasOwn(fields, name)
        ? (fields as Scope)[name] // an own field of an object
        : undefined;
    return found ?? schema?.default;
  };
  return {
    schema,
    present: (scope) => field(scope) !== undefined,
    of: (scope) => {
      const found = field(scope);
      if (found === undefined) throw new NoSuchField(name);
      return found;
    },
  };
}

/** `||` and `&&` of CEL: whichever side decides, decides, even when the other cannot be evaluated. */
function logic(left: Expression, right: Expression, deciding: boolean): Expression {
  return {
    of: (scope) => {
      let failure: NoSuchField | undefined;
      for (const side of [left, right]) {
        try {
          if ((side.of(scope) === true) === deciding) return deciding;
        } catch (error) {
          if (!(error instanceof NoSuchField)) throw error;
          failure = error;
        }
      }
      if (failure !== undefined) throw failure;
      return !deciding;
    },
  };
}

function compare(sign: string, left: unknown, right: unknown): boolean {
  if (sign === "==") return left === right;
  if (sign === "!=") return left !== right;
  const [a, b] = [Number(left), Number(right)];
  if (sign === ">") return a > b;
  if (sign === "<") return a < b;
  return sign === ">=" ? a >= b : a <= b;
}

function sizeOf(value: unknown): number {
  if (typeof value === "string") return Array.from(value).length;
  return listOf(value).length;
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new NoSuchField("list");
}

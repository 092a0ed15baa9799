import type { EngineEvent } from "@pulumi/pulumi/automation";
import { fitted, print, seconds, wrap } from "./screen.js";

/** What the engine is asked to do. */
export type Operation = "preview" | "up";

interface Resource {
  readonly urn: string;
  readonly op: string;
  readonly parent: string;
}

const signs: Readonly<Record<string, string>> = {
  create: "+",
  update: "~",
  replace: "+-",
  delete: "-",
  "create-replacement": "++",
  "delete-replaced": "--",
};

/**
 * Tells a run of the engine as people see it: what changes in the tree of resources and what the Fleet
 * says about the commit; during `up`, one line per thing done.
 */
export class EngineReport {
  readonly #operation: Operation;
  readonly #started = performance.now();
  readonly #resources = new Map<string, Resource>();
  readonly #said: string[] = [];
  #summary = "";
  readonly #problems = new Set<string>();

  constructor(operation: Operation) {
    this.#operation = operation;
  }

  /** What the engine reported as errors, each once: it tells some for a resource and for the stack. */
  get problems(): string {
    return [...this.#problems].join("\n");
  }

  /** Takes the next event; bound, so that it can be handed over. */
  readonly take = (event: EngineEvent): void => {
    const { diagnosticEvent, resourcePreEvent, resOutputsEvent, summaryEvent } = event;
    if (resourcePreEvent !== undefined) {
      const { new: made, op, urn } = resourcePreEvent.metadata;
      this.#resources.set(urn, { urn, op, parent: made?.parent ?? "" });
    }
    if (resOutputsEvent !== undefined && this.#operation === "up") {
      const { op, urn } = resOutputsEvent.metadata;
      if (op !== "same" && isTold(urn)) this.#live(`${past(op)} ${kindOf(urn)} ${nameOf(urn)}`);
    }
    if (diagnosticEvent !== undefined) this.#diagnostic(diagnosticEvent);
    // The summary has no field for resources when the engine was stopped.
    const changes: Readonly<Record<string, number>> | undefined = summaryEvent?.resourceChanges;
    if (changes !== undefined) this.#summary = summaryOf(changes, this.#operation);
  };

  /** Prints what is told at the end. */
  finish(): void {
    if (this.#operation === "preview") {
      print(...this.#tree());
      if (this.#said.length > 0) print("", ...this.#said.flatMap(folded));
    }
    if (this.#summary !== "" && this.#problems.size === 0) print("", this.#summary);
  }

  #diagnostic({ ephemeral, message, severity }: NonNullable<EngineEvent["diagnosticEvent"]>): void {
    const text = message.trim();
    const kind: string = severity;
    if (text === "" || kind === "debug") return;
    if (kind === "error") this.#problems.add(text);
    else if (kind === "warning") {
      if (this.#operation === "up") this.#live(`warning: ${text}`);
      else this.#said.push(`warning: ${text}`);
    } else if (ephemeral === true) this.#live(text);
    else this.#said.push(...text.split("\n"));
  }

  #live(text: string): void {
    print(fitted(`${seconds(this.#started)}  ${text.split("\n")[0] ?? ""}`));
  }

  /** What changes, and the parents of what changes, below each other as `pulumi preview` shows them. */
  #tree(): readonly string[] {
    const shown = new Set<string>();
    for (const { urn, op } of this.#resources.values()) {
      if (op === "same" || !isShown(urn)) continue;
      let next = this.#resources.get(urn);
      while (next !== undefined) {
        shown.add(next.urn);
        next = this.#resources.get(next.parent);
      }
    }
    const below = (parent: string, indent: string): readonly (readonly [string, string])[] =>
      [...this.#resources.values()]
        .filter((one) => shown.has(one.urn) && one.parent === parent)
        .sort((a, b) => (a.urn < b.urn ? -1 : 1))
        .flatMap(({ urn, op }) => [
          [`${(signs[op] ?? "").padEnd(2)} ${indent}${kindOf(urn)}`, nameOf(urn)] as const,
          ...below(urn, `${indent}  `),
        ]);
    const rows = below("", "");
    const widest = Math.max(0, ...rows.map(([kind]) => kind.length));
    return rows.map(([kind, name]) => fitted(`${kind.padEnd(widest)}  ${name}`));
  }
}

/** A line that does not fit goes on below: a field below its file, words below words. */
function folded(line: string): readonly string[] {
  if (fitted(line) === line) return [line];
  const [file = "", field] = line.split(/ -> (.*)/s);
  return field === undefined ? wrap(line) : [fitted(file), ...wrap(field, "    ")];
}

/** Components stand for what is in them; they are done when it is. */
function isTold(urn: string): boolean {
  const type = typeOf(urn);
  return isShown(urn) && !type.startsWith("pulumi-flux-fleet:") && type !== "pulumi:pulumi:Stack";
}

/** The engine's own default providers are nobody's resource. */
function isShown(urn: string): boolean {
  return !(typeOf(urn).startsWith("pulumi:providers:") && nameOf(urn).startsWith("default"));
}

/** The last word of a type, which says what it is. */
function kindOf(urn: string): string {
  const type = typeOf(urn);
  return type.startsWith("pulumi:providers:") ? "Provider" : (type.split(":").at(-1) ?? type);
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? "";
}

function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function past(op: string): string {
  return op.endsWith("e") ? `${op}d` : op;
}

function summaryOf(changes: Readonly<Record<string, number>>, operation: Operation): string {
  const counts = Object.entries(changes)
    .filter(([, count]) => count > 0)
    .map(([op, count]) => {
      if (op === "same") return `${String(count)} unchanged`;
      return operation === "preview" ? `${String(count)} to ${op}` : `${String(count)} ${past(op)}`;
    });
  return `Resources: ${counts.join(", ")}`;
}

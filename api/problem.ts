/** One step of the way to a value: the name of a field, or a place in a list. */
export type Step = string | number;

/** What is wrong with one value of an object. */
export type Fault =
  | { readonly kind: "unknown"; readonly known: readonly string[] }
  | { readonly kind: "missing" }
  | { readonly kind: "type"; readonly expected: string; readonly received: string }
  | { readonly kind: "choice"; readonly allowed: readonly unknown[]; readonly received: unknown }
  | { readonly kind: "pattern"; readonly pattern: string; readonly received: string }
  | { readonly kind: "bound"; readonly demand: string }
  | { readonly kind: "rule"; readonly message: string };

/** A fault and where it is. */
export interface Problem {
  readonly trail: readonly Step[];
  readonly fault: Fault;
}

/** What a validator carries along: the way to the value it looks at, and what it found. */
export interface Run {
  readonly trail: Step[];
  readonly problems: Problem[];
  /** Whether text with `${…}` is still to be substituted, so that nothing can be said about it. */
  readonly variables: boolean;
  /** Whether something else completes the object, so that nothing can be missing. */
  readonly partial: boolean;
}

/** Notes a fault of the value that the run is at, or of a field of it. */
export function report(run: Run, fault: Fault, field?: Step): void {
  const trail = field === undefined ? [...run.trail] : [...run.trail, field];
  run.problems.push({ trail, fault });
}

/** `spec.chart.spec.sourceRef`, `spec.patches[0]`, `spec.postBuild.substitute["a.b"]`. */
export function trailText(trail: readonly Step[]): string {
  return trail.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!/^[A-Za-z_$][\w$]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** Notes that a value has the wrong type, unless it is still to be substituted. */
export function wrongType(run: Run, expected: string, value: unknown): void {
  if (run.variables && typeof value === "string" && value.includes("${")) return;
  report(run, { kind: "type", expected, received: typeName(value) });
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  const type = typeof value;
  return type === "object" ? "an object" : `a ${type}`;
}

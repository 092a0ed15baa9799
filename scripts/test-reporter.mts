import { readFileSync } from "node:fs";
import type { TestEvent } from "node:test/reporters";

/** One finished test, as sent to the runner that started this file. */
export interface TestResult {
  /** Names from the outermost `describe` to the test. */
  readonly title: string;
  readonly outcome: "passed" | "failed" | "skipped";
  /** Why it was skipped, or the error with its stack. */
  readonly detail: string;
}

/** A suite without parents has ended; in a process of several files each of them is one. */
export interface FileEnd {
  readonly file: string;
  readonly seconds: number;
}

/** What the whole process cost, sent once, at its end. */
export interface ProcessUsage {
  /** Processor seconds of this process and of the processes it waited for. */
  readonly processorSeconds: number;
}

// A test file must not outlive the run that started it, also when that run was killed.
process.on("disconnect", () => process.exit(1));
process.channel?.unref();

/** Reporter for `node --test-reporter`: sends each finished test to the parent process. */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const path: string[] = [];
  for await (const { type, data } of source) {
    if (type === "test:start") path.splice(data.nesting, Infinity, data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    // Node 20 reports what --test-name-pattern left out as skipped.
    if (type === "test:pass" && data.skip === "test name does not match pattern") continue;
    const title = [...path.slice(0, data.nesting), data.name].join(" > ");
    if (data.nesting === 0 && data.details.type === "suite") {
      send({ file: data.name, seconds: data.details.duration_ms / 1000 });
    }
    if (type === "test:pass") {
      if (data.details.type === "suite" && data.skip === undefined) continue;
      const skipped = data.skip !== undefined;
      const detail = typeof data.skip === "string" ? data.skip : "";
      send({ title, outcome: skipped ? "skipped" : "passed", detail });
    } else if (failureType(data.details.error) !== "subtestsFailed") {
      send({ title, outcome: "failed", detail: describe(data.details.error) });
    }
    yield "";
  }
  process.send?.({ processorSeconds: processorSeconds() } satisfies ProcessUsage);
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  const own = (user + system) / 1e6;
  try {
    // Fields 16 and 17, in hundredths: what ended children used. Counted behind the name, which may hold spaces.
    const stat = readFileSync("/proc/self/stat", "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return own + (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return own; // no such file on this system
  }
}

function send(message: TestResult | FileEnd): void {
  if (process.send !== undefined) process.send(message);
  else if ("title" in message) process.stdout.write(`${message.outcome}  ${message.title}\n`);
}

function failureType(error: unknown): unknown {
  return typeof error === "object" && error !== null && "failureType" in error
    ? error.failureType
    : undefined;
}

/** The error of the test itself: node:test wraps it, and prints its own frames first. */
function describe(error: Error): string {
  const cause = error.cause ?? error;
  if (!(cause instanceof Error)) return String(cause);
  const frames = (cause.stack ?? cause.message).split("\n");
  return frames.filter((line) => !/^\s+at .*\(?node:internal/.test(line)).join("\n");
}

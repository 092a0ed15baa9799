import { parseArguments, UsageError, usage } from "./quickstart/arguments.js";
import { tell } from "./quickstart/story.js";
import { heading, print, wrap } from "./quickstart/screen.js";

const interrupted = new AbortController();

async function main(): Promise<number> {
  const parsed = parseArguments(process.argv.slice(2), process.env);
  if (parsed === undefined) {
    console.log(usage.trimEnd());
    return 0;
  }
  return tell(parsed, interrupted);
}

function interrupt(signal: "SIGINT" | "SIGTERM"): void {
  const code = signal === "SIGINT" ? 130 : 143;
  if (interrupted.signal.aborted) process.exit(code); // the lab sees that this process is gone
  heading(`${signal}: ending everything this run started`);
  interrupted.abort(code);
}

process.on("SIGINT", () => interrupt("SIGINT"));
process.on("SIGTERM", () => interrupt("SIGTERM"));
// Whoever reads the output went away.
process.stdout.on("error", () => interrupted.abort(141));

void main()
  .catch((error: unknown) => {
    if (interrupted.signal.aborted) {
      print("What this run started has ended. Parts that are built stay for the next run.");
      return Number(interrupted.signal.reason);
    }
    const message = error instanceof Error ? error.message : String(error);
    console.error(["", ...message.split("\n").flatMap((line) => wrap(line))].join("\n"));
    if (!(error instanceof UsageError)) return 1;
    console.error('\n"npm run quickstart -- --help" lists the flags.');
    return 2;
  })
  .then((code) => process.exit(code));

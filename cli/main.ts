#!/usr/bin/env node
import { parseCommandLine, usage, UsageError } from "./arguments.js";
import { FleetError, formatFinding } from "../errors.js";
import { rehearse } from "./rehearse.js";
import { printJson, printReport } from "./report.js";

/** What a shell sees: nothing stops, something does, or the command itself was wrong. */
const exitCodes = { fine: 0, findings: 1, misuse: 2 } as const;

async function main(args: readonly string[]): Promise<number> {
  const command = parseCommandLine(args);
  if (command === "help") {
    process.stdout.write(usage);
    return exitCodes.fine;
  }
  const rehearsal = await rehearse(command);
  process.stdout.write(command.json ? printJson(rehearsal) : printReport(rehearsal));
  return rehearsal.findings.some(({ severity }) => severity !== "warning")
    ? exitCodes.findings
    : exitCodes.fine;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.exitCode = exitCodes.misuse;
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\nSee: pulumi-flux-fleet --help\n`);
    } else if (FleetError.is(error)) {
      process.stderr.write(`${error.findings.map(formatFinding).join("\n")}\n`);
    } else {
      throw error;
    }
  },
);

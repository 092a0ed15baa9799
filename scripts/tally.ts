/** What a run counted; every printed line of the runners goes through here. */
export class Tally {
  passed = 0;
  skipped = 0;
  readonly failures: string[] = [];
  readonly #started = performance.now();

  /** One line for a finished step, with its output when it failed. */
  step(name: string, ok: boolean, seconds: number, output: string): void {
    if (ok) this.passed += 1;
    else this.fail(name);
    console.log(line(ok ? "ok" : "FAILED", seconds, name));
    if (!ok && output.trim() !== "") console.log(indent(output.trimEnd()));
  }

  /** Counts a failure under the name that the closing list repeats. */
  fail(name: string): void {
    this.failures.push(name);
  }

  /** Counts a file that did not run, and says why. */
  skip(name: string, reason: string): void {
    this.skipped += 1;
    console.log(`skipped ${name}: ${reason}`);
  }

  /** Prints the failures again and, alone on the last line, the total. Returns the exit code. */
  close(): 0 | 1 {
    const seconds = (performance.now() - this.#started) / 1000;
    if (this.failures.length > 0) {
      console.log(["", "Failed:", ...this.failures.map((name) => `  ${name}`)].join("\n"));
    }
    const skipped = this.skipped === 0 ? "" : `, ${this.skipped} skipped`;
    console.log(`\n${seconds.toFixed(1)} s in all`);
    console.log(`${this.passed} passed, ${this.failures.length} failed${skipped}`);
    return this.failures.length === 0 && this.passed > 0 ? 0 : 1;
  }
}

/** `ok       12.3 s  name`. */
export function line(word: string, seconds: number, name: string): string {
  return `${word.padEnd(7)}${seconds.toFixed(1).padStart(6)} s  ${name}`;
}

/** The text moved to the right, so that it reads as belonging to the line above. */
export function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "    ");
}

import { styleText } from "node:util";

/** No line is longer than this, so that the story reads well in any terminal. */
export const width = 100;

const isTerminal = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;

/** Prints lines, two columns in. */
export function print(...lines: readonly string[]): void {
  for (const line of lines) console.log(line === "" ? "" : `  ${line}`);
}

/** Prints the heading of the next part of the story, with the seconds since the start. */
export function heading(text: string): void {
  const elapsed = `${(performance.now() / 1000).toFixed(0)} s`;
  console.log(`\n${strong(text)}${faint(elapsed.padStart(width - text.length))}\n`);
}

/** Prints rows with aligned columns; the first row names them. */
export function table(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  for (const [index, row] of rows.entries()) {
    const line = row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
    print(index === 0 ? faint(line) : line);
  }
}

/** Breaks a text between words, to lines that fit with their indentation. */
export function wrap(text: string, indent = ""): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (indent.length + longer.length > width - 2 && line !== "") {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  return [...lines, indent + line];
}

/** Cuts a line that would not fit. */
export function fitted(line: string): string {
  return line.length <= width - 2 ? line : `${line.slice(0, width - 3)}…`;
}

/** Elapsed time as the first column of progress lines. */
export function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1).padStart(6)} s`;
}

/** Emphasis on a terminal, plain text elsewhere. */
export function strong(text: string): string {
  return isTerminal ? styleText("bold", text) : text;
}

/** Less important on a terminal, plain text elsewhere. */
export function faint(text: string): string {
  return isTerminal ? styleText("dim", text) : text;
}

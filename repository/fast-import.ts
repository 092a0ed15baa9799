import { FleetError } from "../errors.js";

/** Name and address as they stand in a commit. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** One commit to be made on top of another. */
export interface CommitPlan {
  /** The commit it follows; undefined for the first one of a branch. */
  readonly parent: string | undefined;
  readonly author: Identity;
  readonly committer: Identity;
  readonly date: Date;
  readonly message: string;
  readonly writes: ReadonlyMap<string, string>;
  readonly removes: readonly string[];
}

/**
 * The input of `git fast-import` for exactly one commit, which it prints by `get-mark`. Git
 * checks next to nothing of this stream, so every path is quoted and every length counted here.
 *
 * @throws FleetError `PATH_REFUSED` for a path or an identity that would break the stream.
 */
export function* fastImportStream(plan: CommitPlan, ref: string): Generator<string | Buffer> {
  const seconds = Math.floor(plan.date.getTime() / 1000);
  const signed = ({ name, email }: Identity): string =>
    `${plainText(name)} <${plainText(email)}> ${String(seconds)} +0000`;
  yield "feature done\n";
  yield `commit ${ref}\nmark :1\nauthor ${signed(plan.author)}\ncommitter ${signed(plan.committer)}\n`;
  yield* data(plan.message);
  if (plan.parent !== undefined) yield `from ${plan.parent}\n`;
  // First what goes, so that a file can become a directory in the same commit.
  for (const path of [...plan.removes].sort()) yield `D ${quoted(path)}\n`;
  for (const path of [...plan.writes.keys()].sort()) {
    yield `M 100644 inline ${quoted(path)}\n`;
    yield* data(plan.writes.get(path) ?? "");
  }
  yield "\nget-mark :1\ndone\n";
}

function* data(text: string): Generator<string | Buffer> {
  const bytes = Buffer.from(text, "utf8");
  yield `data ${String(bytes.length)}\n`;
  yield bytes;
  yield "\n";
}

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const control = /[\u0000-\u001f\u007f]/u;

function quoted(path: string): string {
  const segments = path.split("/");
  if (path === "" || control.test(path) || segments.some((each) => /^\.{0,2}$/u.test(each))) {
    throw refused(path, "This path cannot be written to a repository.");
  }
  return `"${path.replace(/[\\"]/gu, "\\$&")}"`;
}

function plainText(text: string): string {
  if (text.trim() === "" || control.test(text) || /[<>]/u.test(text)) {
    throw refused("commit.author", `${JSON.stringify(text)} cannot stand in a commit.`);
  }
  return text;
}

function refused(path: string, problem: string): FleetError {
  const shown = JSON.stringify(path).slice(1, -1);
  return new FleetError([
    { code: "PATH_REFUSED", path: shown, problem, remedy: "Use plain text without < and >." },
  ]);
}

import type { Finding } from "../errors.js";
import type { DeclaredFile } from "./object-id.js";
import { ownershipFolder } from "./ownership-file.js";

/**
 * Finds declared files that must not be written wherever they go, by their paths. It is the last
 * guard before git, which checks next to nothing.
 */
export function refusedFiles(files: readonly DeclaredFile[]): ReadonlyMap<string, Finding> {
  const refused = new Map<string, Finding>();
  const seen = new Set<string>();
  for (const { path, text } of files) {
    const problem = problemOf(path, text, seen.has(path));
    seen.add(path);
    if (problem === undefined) continue;
    const shown = JSON.stringify(path.slice(0, 300)).slice(1, -1);
    const remedy = "Declare it differently.";
    refused.set(path, { code: "PATH_REFUSED", path: shown, problem, remedy });
  }
  return refused;
}

function problemOf(path: string, text: string, isTwice: boolean): string | undefined {
  if (isTwice) return "This path is declared twice.";
  if (path.startsWith(`${ownershipFolder}/`))
    return "Only ownership files belong into this folder.";
  const segments = path.split("/");
  const isOdd = (each: string): boolean =>
    each === "" || each === "." || each === ".." || /^(?:\.git(?:$|[. ~])|git~\d)/iu.test(each);
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (segments.some(isOdd) || /[\u0000-\u001f\u007f\\]/u.test(path)) {
    return "This path cannot be written safely.";
  }
  const isLossless = (each: string): boolean => Buffer.from(each, "utf8").toString("utf8") === each;
  return isLossless(path) && isLossless(text) ? undefined : "Path or text is not valid Unicode.";
}

import type { RepoPath } from "../../../manifests/repo-path.js";
import { unknownValue } from "../../../graph/values/unknown-value.js";
import type { RenderedFile } from "../rendered.js";

/** A file of the commit, marked when a value in it is not known yet. */
export function renderedFile(
  path: RepoPath,
  text: string,
  part: string,
  isUnknown: boolean = holdsUnknown(text),
): RenderedFile {
  const file = { path, text, part };
  return isUnknown ? { ...file, unknown: true } : file;
}

/** Whether a value in the text is not known yet. */
export function holdsUnknown(text: string): boolean {
  return text.includes(unknownValue);
}

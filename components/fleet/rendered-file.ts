import { repoPath } from "../../manifests/repo-path.js";
import { unknownValue } from "../../graph/unknown-value.js";
import type { RenderedFile } from "./rendered.js";

/** A file of the commit, marked when a value in it is not known yet. */
export function renderedFile(path: string, text: string, part: string): RenderedFile {
  const file = { path: repoPath(path), text, part };
  return text.includes(unknownValue) ? { ...file, unknown: true } : file;
}

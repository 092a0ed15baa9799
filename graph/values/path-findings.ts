import type { Finding } from "../../errors.js";
import { FleetError } from "../../errors.js";
import { repoPath, sourcePath } from "../../manifests/repo-path.js";

/** The findings of a path of a file in the repository. */
export function repoPathFindings(path: string, at: string): readonly Finding[] {
  return refusals(() => repoPath(path), at);
}

/** The findings of a Flux `path` or a `directory`. */
export function sourcePathFindings(path: string, at: string): readonly Finding[] {
  return refusals(() => sourcePath(path, at), at);
}

function refusals(check: () => unknown, at: string): readonly Finding[] {
  try {
    check();
    return [];
  } catch (error) {
    if (FleetError.is(error)) {
      return error.findings.map((finding) => ({ ...finding, path: at }));
    }
    throw error;
  }
}

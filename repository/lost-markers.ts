import type { Finding } from "../errors.js";
import { hasSetterMarker } from "../manifests/marker.js";
import type { Permissions } from "./compare.js";
import type { Head } from "./head.js";
import type { DeclaredFile } from "./object-id.js";

/**
 * Finds files whose declared tags may be older than what image automation last wrote. For an owner that
 * published before, and of whom neither the branch nor its history has a trace: the repository was
 * emptied, made anew, or is another one.
 */
export function lostMarkers(
  { published }: Pick<Head, "published">,
  files: readonly DeclaredFile[],
  { restore = [] }: Permissions = {},
): readonly Finding[] {
  if (published !== undefined) return [];
  return files
    .filter(({ path, text }) => hasSetterMarker(text) && !restore.includes(path))
    .map(({ path }) => ({
      code: "MARKER_FILE",
      path,
      problem:
        "The repository has lost every commit of this fleet, and with them what image automation wrote into this file.",
      remedy: `Push the history back. Without it, declare the tags that run now and add "${path}" to restore.`,
    }));
}

import type { Declaration } from "./compare.js";
import type { Head } from "./head.js";
import type { SettledMarkers } from "./markers.js";
import { blobId } from "./object-id.js";
import type { Ownership } from "./ownership-file.js";
import { formatOwnership, ownershipPath } from "./ownership-file.js";

/** What a comparison found, as far as the ownership file depends on it. */
export interface Compared {
  /** Git's names of all declared files' texts. */
  readonly blobs: Readonly<Record<string, string>>;
  readonly markers: SettledMarkers | undefined;
  /** No file has to be written or removed. */
  readonly isSettled: boolean;
  /** Some file is not known yet. */
  readonly hasUnknown: boolean;
}

/** The ownership file that goes with a change, and whether it has to be written. */
export function nextOwnership(
  declaration: Declaration,
  head: Head,
  { blobs, markers, isSettled, hasUnknown }: Compared,
): { readonly ownership: Ownership; readonly change: "added" | "changed" | "unchanged" } {
  const answer = (keeps: boolean): ReturnType<typeof nextOwnership> => {
    const ownership = ownershipOf(declaration, head, blobs, markers, keeps);
    return { ownership, change: changeOfOwnership(ownership, head, hasUnknown) };
  };
  // What only image automation wrote is no reason for a commit of ours, but goes into the next one.
  const recorded = answer(isSettled);
  return recorded.change === "unchanged" ? recorded : answer(false);
}

/** @param keeps - whether files in which only image automation wrote stay recorded as they are */
function ownershipOf(
  { owner, renderer, record = null }: Declaration,
  head: Head,
  blobs: Readonly<Record<string, string>>,
  markers: SettledMarkers | undefined,
  keeps: boolean,
): Ownership {
  const { published } = head;
  const paths = { ...blobs };
  const remembered = { ...markers?.record };
  for (const path of keeps ? (markers?.kept ?? []) : []) {
    const [blob, list] = [published?.paths[path], published?.markers?.[path]];
    if (blob !== undefined) paths[path] = blob;
    if (list !== undefined) remembered[path] = list;
  }
  return {
    ...{ version: 1, owner, renderer },
    ...acknowledgement(head),
    ...(Object.keys(remembered).length === 0 ? {} : { markers: remembered }),
    ...{ paths, record },
  };
}

// A commit of ours on top of somebody's revert, so that their state is the agreed one from then on.
function acknowledgement({ ownership, published, ownershipCommit }: Head): {
  readonly acknowledged?: string;
} {
  const isOurs = ownership === undefined || ownership === published;
  const acknowledged = isOurs ? ownership?.acknowledged : ownershipCommit;
  return acknowledged === undefined ? {} : { acknowledged };
}

// A newer renderer alone is no reason for a commit; neither is it one to say who wrote the tree.
function changeOfOwnership(
  next: Ownership,
  { ownership, files }: Head,
  hasUnknown: boolean,
): "added" | "changed" | "unchanged" {
  const entry = files.get(ownershipPath(next.owner));
  if (ownership === undefined || entry === undefined) return entry ? "changed" : "added";
  if (hasUnknown) return "unchanged";
  const renderedBefore = formatOwnership({ ...next, renderer: ownership.renderer });
  return entry.blob === blobId(renderedBefore) ? "unchanged" : "changed";
}

/** Enough for what repeats in the largest fleets, and a few hundred kilobytes at most. */
const most = 10_000;

/**
 * The same check, which remembers what it accepted: keys, hosts and directories of a fleet are few,
 * each thousands of times. Refused text is looked at again. Not for secrets.
 */
export function rememberingAccepted(accepts: (text: string) => boolean): (text: string) => boolean {
  const accepted = new Set<string>();
  return (text) => {
    if (accepted.has(text)) return true;
    if (!accepts(text)) return false;
    if (accepted.size < most && text.length <= 256) accepted.add(text);
    return true;
  };
}

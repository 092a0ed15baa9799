import { loadAge } from "./document/age-wraps.js";
import { identityLines } from "./identity-lines.js";

/**
 * The recipients of the identities in a Secret, as kustomize-controller reads it: entries that end in
 * `.agekey`, each a key file; one line that is no identity spoils the whole Secret, so then there are
 * none. The identities stay in memory, and no message repeats them.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#age-secret-entry
 */
export async function identityRecipients(
  texts: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const files = Object.entries(texts).flatMap(([key, text]) =>
    key.endsWith(".agekey") ? [text] : [],
  );
  const { identities, findings } = identityLines(files);
  if (findings.length > 0) return [];
  const age = await loadAge();
  try {
    return await Promise.all(identities.map(async (one) => age.identityToRecipient(one)));
  } catch {
    // What age says may repeat what it read.
    return [];
  }
}

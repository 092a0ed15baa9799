import type { Finding } from "../../errors.js";
import { quoted } from "../../graph/values/names.js";
import type { OciVerification } from "./oci-repository.js";

/**
 * The findings of a signature without a key. Flux looks for each text anywhere in what the certificate
 * says, so one without both ends lets in whoever can put it into theirs.
 *
 * @see https://fluxcd.io/flux/components/source/ocirepositories/#keyless-verification
 */
export function verificationFindings(verify: OciVerification, at: string): readonly Finding[] {
  if ("secret" in verify) return [];
  if (verify.identities.length === 0) {
    return [
      {
        code: "INVALID_ARGUMENT",
        path: `${at}.identities`,
        problem: "Nobody is named, so a signature of anybody at all would do.",
        remedy: "Name who signs, or give `secret` with their public key.",
      },
    ];
  }
  return verify.identities.flatMap(({ issuer, subject }, index) =>
    Object.entries({ issuer, subject })
      .filter(([, pattern]) => !pattern.startsWith("^") || !pattern.endsWith("$"))
      .map(([field, pattern]): Finding => ({
        code: "INVALID_ARGUMENT",
        path: `${at}.identities[${String(index)}].${field}`,
        problem: `${quoted(pattern)} also matches in the middle of other names.`,
        remedy: 'Begin it with "^" and end it with "$".',
      })),
  );
}

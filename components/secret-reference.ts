import { handle } from "./fleet/part.js";
import type { SecretReference } from "./flux-part.js";

/** A reference to a Secret without what the Secret holds, so that no secret travels with it. */
export function secretReference(secret: SecretReference): SecretReference {
  return "kind" in secret ? handle(secret) : { name: secret.name };
}

/** The field of a Flux object that names the Secret. */
export function secretRef(secret: SecretReference): { readonly name: string } {
  return { name: secret.name };
}

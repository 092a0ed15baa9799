/** Stable ciphertext: the same Secret for the same readers is the same text in every run. */
export { envelopes } from "./envelopes.js";
export { generateIdentity } from "./generate-identity.js";
export { newSealSeed } from "./seed.js";
export { sealSecret } from "./seal-secret.js";
export type { Envelope, SealedPlace } from "./envelope.js";
export type { EnvelopeOptions, Envelopes } from "./envelopes.js";
export type { GeneratedIdentity } from "./generate-identity.js";
export type { KnownFiles } from "./known-wraps.js";
export type { SealSeed } from "./seed.js";

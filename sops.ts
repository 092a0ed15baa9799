/** `pulumi-flux-fleet/sops`: SOPS documents with age recipients, in process; loads no engine. */
export { decrypt, decryptBytes, encrypt } from "./components/sops/document/document.js";
export { decryptSecret, encryptSecret } from "./components/sops/document/kubernetes-secret.js";
export { sopsFormats } from "./components/sops/document/formats.js";
export { FleetError } from "./errors.js";
export type { DecryptOptions, EncryptOptions } from "./components/sops/document/document.js";
export type {
  DecryptSecretOptions,
  EncryptSecretOptions,
  KubernetesSecret,
} from "./components/sops/document/kubernetes-secret.js";
export type { SopsFormat } from "./components/sops/document/formats.js";
export type { EncryptionRule } from "./components/sops/document/rule.js";
export type { ErrorCode, Finding } from "./errors.js";

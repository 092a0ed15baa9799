import type { Finding } from "../../errors.js";
import { quoted, someNames } from "../../graph/values/names.js";
import { secretKeys } from "../sops/secrets/secret-object.js";
import type { SecretPart } from "../sops/secrets/secret.js";
import type { NotificationPart } from "./notification.js";
import { providerNeeds } from "./provider-types.js";
import { receiverSecretKeys } from "./receiver-types.js";

/**
 * The findings of notifications whose Secret has not the keys that are read from it. Only Secrets of the same
 * owner are looked at.
 *
 * @param namespace - Namespace of the notifications
 * @param at - where they are listed, for example `Tenant "payments": notifications`
 */
export function secretKeyFindings(
  notifications: readonly NotificationPart<string>[],
  secrets: readonly SecretPart<string>[],
  namespace: string,
  at: string,
): readonly Finding[] {
  return notifications.flatMap((part): readonly Finding[] => {
    const name = part.kind === "alert" ? undefined : part.args.secret?.name;
    const secret = secrets.find(
      (one) => one.name === name && (one.args.namespace ?? namespace) === namespace,
    );
    if (secret === undefined) return [];
    const keys = secretKeys(secret.args);
    const missing = neededKeys(part).filter((key) => !keys.includes(key));
    return missing.length === 0
      ? []
      : [
          {
            code: "MISSING_CREDENTIALS",
            path: `${at}[${quoted(part.name)}].secret`,
            problem: `Secret ${quoted(secret.name)} has no key ${someNames(missing)}, which Flux reads from it.`,
            remedy: `Give it under this name; there is ${someNames(keys)}.`,
          },
        ];
  });
}

function neededKeys(part: NotificationPart<string>): readonly string[] {
  switch (part.kind) {
    case "alert":
      return [];
    case "receiver":
      return receiverSecretKeys(part.args.type);
    case "provider":
      return providerNeeds[part.args.type].address === true && part.args.address === undefined
        ? ["address"]
        : [];
  }
}

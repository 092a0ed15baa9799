import type { ProviderSpec } from "../../api/types/index.js";
import type { Finding } from "../../errors.js";
import { quoted } from "../../graph/values/names.js";
import { isUnknown } from "../../graph/values/unknown-value.js";
import { providerNeeds } from "./provider-types.js";

/** Text that is a credential wherever it stands in an address. */
const credential = [
  /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i,
  /\bhooks\.slack\.com\//i,
  /[?&](?:access_?token|api_?key|code|key|password|secret|sig|token)=/i,
  /SharedAccessKey(?:Name)?=/i,
];

/** The findings of an address that is committed. One that is a credential is not repeated. */
export function addressFindings(
  address: string | undefined,
  type: ProviderSpec["type"],
  path: string,
): readonly Finding[] {
  if (address === undefined || isUnknown(address)) return [];
  if (providerNeeds[type].secretAddress === true || credential.some((one) => one.test(address))) {
    return [
      {
        code: "CREDENTIALS_IN_URL",
        path,
        problem:
          "Whoever knows this address may write there, and it would be committed as plain text.",
        remedy:
          "Replace it at its source, and give it as key `address` of the Secret that `secret` names.",
      },
    ];
  }
  const isText = /^[\x21-\x7e]+$/.test(address) && address.length <= 2048;
  return isText
    ? []
    : [
        {
          code: "INVALID_URL",
          path,
          problem: `${quoted(address)} is not an address.`,
          remedy: "Give an address without spaces, at most 2048 characters.",
        },
      ];
}

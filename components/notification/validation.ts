import type { Finding } from "../../errors.js";
import { durationFindings, sourceTimeoutRule } from "../../graph/values/durations.js";
import { labelFindings } from "../../graph/values/labels.js";
import { isDnsSubdomain, quoted } from "../../graph/values/names.js";
import type { FluxPlace } from "../flux-part.js";
import type { KeptField } from "../merged-spec.js";
import { keptFields, specFindings } from "../merged-spec.js";
import { compileGoRegex } from "../sops/document/go-regex.js";
import { addressFindings } from "./address-validation.js";
import type { AlertPart } from "./alert.js";
import type { EventObjects, EventPart } from "./event-objects.js";
import { isEventPart } from "./event-objects.js";
import type { NotificationPart } from "./notification.js";
import type { ProviderPart } from "./provider.js";
import { givesCommitStatus, providerNeeds } from "./provider-types.js";
import type { ReceiverPart } from "./receiver.js";

/** What is left to the arguments, because it decides where events go and who may ask for something. */
const providerKept = kept("type", "secretRef", "certSecretRef", "proxySecretRef", "address");
const alertKept = kept("providerRef", "eventSources");
const receiverKept = kept("type", "secretRef", "resources", "oidcProviders");

/**
 * Every finding of a notification by itself.
 *
 * @param at - where it is, for example `Tenant "payments": notifications["slack"]`
 */
export function notificationFindings(
  part: NotificationPart<string>,
  _place: FluxPlace,
  at: string,
): readonly Finding[] {
  return [...nameFinding(part.name, at), ...ownFindings(part, at)];
}

function ownFindings(part: NotificationPart<string>, at: string): readonly Finding[] {
  switch (part.kind) {
    case "provider":
      return providerFindings(part, at);
    case "alert":
      return alertFindings(part, at);
    case "receiver":
      return receiverFindings(part, at);
  }
}

function providerFindings({ args }: ProviderPart<string>, at: string): readonly Finding[] {
  const { type, address, channel, secret, serviceAccountName, commitStatusExpr, timeout } = args;
  const needs = providerNeeds[type];
  const findings: Finding[] = [];
  if (needs.address === true && address === undefined && secret === undefined) {
    const remedy =
      needs.secretAddress === true
        ? "Give `secret`, a Secret with key `address`."
        : "Give `address`, or `secret` with key `address`.";
    findings.push(
      missing(`${at}.address`, `A Provider of type ${quoted(type)} has no address.`, remedy),
    );
  }
  if (needs.channel !== undefined && channel === undefined) {
    const problem = `A Provider of type ${quoted(type)} has no channel.`;
    findings.push(missing(`${at}.channel`, problem, `Give ${needs.channel}.`));
  }
  const isKnown = needs.identity === true && serviceAccountName !== undefined;
  if (needs.login === true && secret === undefined && !isKnown) {
    findings.push({
      code: "MISSING_CREDENTIALS",
      path: `${at}.secret`,
      problem: `A Provider of type ${quoted(type)} has no login.`,
      remedy: "Give `secret`; without it every event fails when it is sent.",
    });
  }
  if (commitStatusExpr !== undefined && !givesCommitStatus(type)) {
    findings.push({
      code: "INVALID_ARGUMENT",
      path: `${at}.commitStatusExpr`,
      problem: `A Provider of type ${quoted(type)} gives no commit a status.`,
      remedy: "Leave it out.",
    });
  }
  return [
    ...findings,
    ...addressFindings(address, type, `${at}.address`),
    ...durationFindings(timeout, sourceTimeoutRule, `${at}.timeout`),
    ...specFindings(args.spec, providerKept, `${at}.spec`),
  ];
}

function alertFindings({ args }: AlertPart<string>, at: string): readonly Finding[] {
  const { sources, include = [], exclude = [], spec } = args;
  return [
    ...(sources === "all" ? [] : objectFindings(sources, `${at}.sources`)),
    ...patternFindings(include, `${at}.include`),
    ...patternFindings(exclude, `${at}.exclude`),
    ...specFindings(spec, alertKept, `${at}.spec`),
  ];
}

function receiverFindings({ args }: ReceiverPart, at: string): readonly Finding[] {
  const { type, resources, secret, oidcProviders, spec } = args;
  const findings: Finding[] = [];
  // For callers without types: data files and JavaScript.
  const isOidc = type === "generic-oidc";
  if (!isOidc && (secret as unknown) === undefined) {
    const remedy = "Give `secret`, a Secret with key `token`.";
    findings.push(missing(`${at}.secret`, "A webhook without a Secret is open to nobody.", remedy));
  }
  if (isOidc === (oidcProviders === undefined)) {
    findings.push({
      code: "INVALID_ARGUMENT",
      path: `${at}.oidcProviders`,
      problem: isOidc ? "No issuer is named." : `Type ${quoted(type)} has no issuers.`,
      remedy: "Give `oidcProviders` together with type `generic-oidc`, and only with it.",
    });
  }
  return [
    ...findings,
    ...objectFindings(resources, `${at}.resources`),
    ...specFindings(spec, receiverKept, `${at}.spec`),
  ];
}

function objectFindings(
  objects: readonly (EventPart | EventObjects)[],
  at: string,
): readonly Finding[] {
  if (objects.length === 0) {
    const remedy = "Name what is meant, or leave the whole part out.";
    return [missing(at, "The list is empty, so nothing ever happens.", remedy)];
  }
  return objects.flatMap((one, index) => {
    if (isEventPart(one) || one.matchLabels === undefined) return [];
    return labelFindings(one.matchLabels, `${at}[${String(index)}].matchLabels`);
  });
}

function patternFindings(patterns: readonly string[], at: string): readonly Finding[] {
  return patterns.flatMap((pattern, index): readonly Finding[] =>
    compileGoRegex(pattern) !== undefined
      ? []
      : [
          {
            code: "INVALID_ARGUMENT",
            path: `${at}[${String(index)}]`,
            problem: `${quoted(pattern)} is not a regular expression that Go and JavaScript read alike.`,
            remedy:
              "Write it with literals, classes, groups, `|` and quantifiers; Flux skips one that it cannot read and says so in an Event only.",
          },
        ],
  );
}

function nameFinding(name: string, path: string): readonly Finding[] {
  if (isDnsSubdomain(name)) return [];
  return [
    {
      code: "INVALID_NAME",
      path,
      problem: `${quoted(name)} is not the name of an object.`,
      remedy: 'Use lowercase letters, digits, "-" and ".", begin and end with a letter or digit.',
    },
  ];
}

function missing(path: string, problem: string, remedy: string): Finding {
  return { code: "INVALID_ARGUMENT", path, problem, remedy };
}

function kept(...fields: readonly string[]): readonly KeptField[] {
  const own = fields.map((field) => ({ field, remedy: "Use the argument of the part." }));
  return [...keptFields.filter(({ field }) => field === "suspend"), ...own];
}

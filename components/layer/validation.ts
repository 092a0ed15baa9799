import type { Finding } from "../../errors.js";
import { durationFindings, intervalRule, timeoutRule } from "../../graph/values/durations.js";
import { nameFindings, textFindings, variableFindings } from "../../graph/values/names.js";
import { objectTitle } from "../../graph/objects.js";
import { fieldsOf } from "../../graph/references/references.js";
import { hasPlainValues } from "../../graph/secrets/plain-findings.js";
import { sourcePathFindings } from "../../graph/values/path-findings.js";
import type { KubernetesObject } from "../../manifests/manifest.js";
import { isMangledByFlux, textsIn, variableReferences } from "../../manifests/substitution.js";
import { everyOverride } from "../fleet/overrides.js";
import { secretListFindings } from "../sops/secrets/validation.js";
import { fluxPartFindings } from "../flux-parts.js";
import { timeoutFindings } from "../../graph/values/timeouts.js";
import { layerHealthFindings } from "./health-validation.js";
import type { LayerAccount } from "./content-objects.js";
import { layerPlace } from "./content-objects.js";
import type { NamedLayer } from "./directories.js";
import { environmentPlaceholder, isRendered, layerRoot, overlayField } from "./directories.js";
import type { LayerContent, LayerDecryption, LayerOverride, LayerPart } from "./layer.js";

/**
 * The findings of a layer's own values, whatever its clusters.
 *
 * @param title - how the layer is called, for example `Layer "infrastructure"`
 */
export function layerValueFindings(layer: LayerPart<string>, title: string): readonly Finding[] {
  const { args } = layer;
  const field = (key: string): string => `${title}: ${key}`;
  const { serviceAccountName } = args;
  return [
    ...rootFindings(layer, field("directory")),
    ...contentFindings(args.base, args, field("base")),
    ...Object.entries(args.overlays ?? {}).flatMap(([environment, overlay]) => [
      ...contentFindings(overlay, args, field(overlayField(environment))),
      ...settingFindings(
        { patches: overlay.patches ?? [] },
        field(`${overlayField(environment)}.`),
      ),
    ]),
    ...settingFindings(args, field("")),
    ...everyOverride<LayerOverride<string>>(args.overrides).flatMap(({ at, value }) =>
      settingFindings(value, field(`${at}.`)),
    ),
    ...layerHealthFindings(args, field),
    ...(serviceAccountName === undefined
      ? []
      : nameFindings(serviceAccountName, field("serviceAccountName"))),
    ...decryptionFindings(args.decryption, field("decryption")),
  ];
}

function decryptionFindings(
  { secretRef, serviceAccountName }: LayerDecryption = {},
  path: string,
): readonly Finding[] {
  return [
    ...(secretRef === undefined ? [] : nameFindings(secretRef.name, `${path}.secretRef.name`)),
    ...(serviceAccountName === undefined
      ? []
      : nameFindings(serviceAccountName, `${path}.serviceAccountName`)),
  ];
}

function rootFindings(layer: NamedLayer, path: string): readonly Finding[] {
  const root = layerRoot(layer);
  if (isRendered(layer.args) && root.includes(environmentPlaceholder)) {
    return [
      {
        code: "INVALID_PATH",
        path,
        problem: "A rendered layer has one directory, with an overlay for each environment in it.",
        remedy: `Leave ${environmentPlaceholder} out.`,
      },
    ];
  }
  return pathFindings(root, path);
}

/** Any environment will do: the names of environments are checked with their clusters. */
function pathFindings(directory: string, path: string): readonly Finding[] {
  return sourcePathFindings(directory.replaceAll(environmentPlaceholder, "environment"), path);
}

function contentFindings(
  content: LayerContent<string> | undefined,
  account: LayerAccount,
  path: string,
): readonly Finding[] {
  const { objects = [], directories = [] } = content ?? {};
  return [
    ...directories.flatMap((directory, index) =>
      pathFindings(directory, `${path}.directories[${String(index)}]`),
    ),
    ...objects.flatMap((object, index) =>
      objectFindings(object, `${path}.objects[${String(index)}]`),
    ),
    ...(content === undefined ? [] : fluxPartFindings(content, layerPlace(account), `${path}.`)),
  ];
}

function objectFindings(object: KubernetesObject, path: string): readonly Finding[] {
  const { apiVersion, kind, metadata } = object;
  const findings: Finding[] = [];
  if (apiVersion === "v1" && kind === "Secret") {
    findings.push({
      code: "SECRET_IN_GIT",
      path,
      problem: `${objectTitle(object)} would be committed as plain text.`,
      remedy: "Declare it in `secrets` of the layer, which encrypts it for each of its clusters.",
    });
  }
  if (/\.fluxcd\.io\//.test(apiVersion) && metadata.namespace === undefined) {
    findings.push({
      code: "MISSING_NAMESPACE",
      path: `${path}.metadata.namespace`,
      problem: `${objectTitle(object)} names no Namespace, and every ${kind} is in one.`,
      remedy: 'Set metadata.namespace, "flux-system" for the platform\'s own.',
    });
  }
  findings.push(...textsFindings(object, path));
  textsIn(object, (text, at, isKey) => {
    const names = variableReferences(text).map(({ name }) => name);
    const isName = /^(?:apiVersion|kind|metadata\.name(?:space)?)$/.test(at);
    if (names.length > 0 && (isKey || isName)) {
      findings.push({
        code: "INVALID_VARIABLE",
        path: `${path}.${isKey ? "a key" : at}`,
        problem: `Variable "${names[0] ?? ""}" would decide what the object is.`,
        remedy: "Write the text itself; what differs by environment belongs into overlays.",
      });
    }
  });
  return findings;
}

/** Texts that could not be built by Flux, whatever is substituted. */
function textsFindings(value: object, path: string): readonly Finding[] {
  const findings: Finding[] = [];
  textsIn(value, (text, at, isKey) => {
    if (isMangledByFlux(text)) {
      findings.push({
        code: "UNPRINTABLE_STRING",
        path: `${path}.${isKey ? "a key" : at}`,
        problem: "Flux would change the text or fail on it, and then on the whole layer.",
        remedy: "Leave out control characters, and a tab at the begin of several lines.",
      });
    }
  });
  return findings;
}

/** What a layer and its overrides have in common; `lead` ends where the name of a field begins. */
function settingFindings(
  {
    variables = {},
    patches = [],
    interval,
    retryInterval,
    timeout,
    secrets = [],
  }: LayerOverride<string>,
  lead: string,
): readonly Finding[] {
  return [
    ...Object.entries(variables).flatMap(([name, value]) => [
      ...variableFindings(name, `${lead}variables`),
      ...textFindings(value, `${lead}variables.${name}`),
    ]),
    ...patches.flatMap(({ target, patch }, index) => {
      const path = `${lead}patches[${String(index)}].patch`;
      return [...textsFindings(patch, path), ...secretPatchFindings(target.kind, patch, path)];
    }),
    ...durationFindings(interval, intervalRule, `${lead}interval`),
    ...durationFindings(retryInterval, intervalRule, `${lead}retryInterval`),
    ...durationFindings(timeout, timeoutRule, `${lead}timeout`),
    ...timeoutFindings({ interval, timeout }, lead),
    ...secretListFindings(secrets, undefined, `${lead}secrets`),
  ];
}

/** A patch stands in Git as it is, also one of an encrypted Secret. */
function secretPatchFindings(kind: string, patch: object, path: string): readonly Finding[] {
  const fields = fieldsOf(patch);
  const metadata = { name: "", ...fieldsOf(fields["metadata"]) };
  const secret = { ...fields, apiVersion: "v1", kind, metadata };
  if (!hasPlainValues(secret)) return [];
  return [
    {
      code: "SECRET_IN_GIT",
      path,
      problem: "It would commit values of a Secret as plain text (they are not shown).",
      remedy:
        "Declare the Secret in `secrets` of the layer: Flux could not even decrypt one to which something plain was added.",
    },
  ];
}

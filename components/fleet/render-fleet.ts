import type { Finding } from "../../errors.js";
import { FleetError, inPathOrder } from "../../errors.js";
import type { Manifest } from "../../manifests/manifest.js";
import { pathCollisions } from "../../manifests/path-collisions.js";
import { pollFindings, pollRates } from "../../graph/polls.js";
import { leavingFindings } from "../../graph/changes/leaving.js";
import { apiFindings } from "./validation/api-validation.js";
import { tenantApplierFindings } from "./validation/applier-validation.js";
import { fleetSecretFindings } from "./validation/decryption-validation.js";
import { auditDirectories } from "./hand-written/directory-audit.js";
import type { AppliedDirectories } from "./hand-written/directory-audit.js";
import { externalFindings } from "./validation/external-validation.js";
import type { PlannedIdentity } from "./cluster-identity.js";
import { plannedIdentities } from "./cluster-identity.js";
import type { FleetDeclaration } from "./fleet.js";
import { fleetFindings, fluxFindings } from "./validation/fleet-validation.js";
import { fleetIdentityFindings } from "./validation/identity-validation.js";
import { partListFindings } from "./validation/flux-part-validation.js";
import { graphFindings } from "./validation/graph-validation.js";
import { layerFleetFindings } from "./validation/layer-validation.js";
import type { FleetModel } from "./model.js";
import { fleetModel } from "./model.js";
import { formerFindings, headRecord } from "./former-names.js";
import { nestedBindingFindings, withNestedDirectories } from "./hand-written/nested-objects.js";
import { objectFindings } from "./validation/object-validation.js";
import {
  clusterFindings,
  layerFindings,
  tenantPartFindings,
} from "./validation/part-validation.js";
import { partPatchFindings } from "./validation/patch-validation.js";
import { secretFiles } from "./tree/secret-files.js";
import type { SecretFile } from "./tree/secret-file.js";
import { pathFindings } from "./validation/path-validation.js";
import { fleetRecipientFindings } from "./validation/recipient-validation.js";
import { referenceFindings } from "./validation/reference-validation.js";
import type { RenderContext, RenderedFleet } from "./rendered.js";
import { renderModel } from "./rendering.js";
import { ringListFindings } from "./validation/ring-validation.js";
import { declarationShapeFindings } from "./validation/shape-validation.js";
import { sopsFindings } from "./validation/secret-validation.js";
import { upgradeFindings } from "./validation/upgrade-validation.js";

/**
 * Renders the whole fleet: every file of the commit and every object of every cluster, from plain
 * data, without any engine. Equal declarations give equal bytes, whatever their order.
 *
 * @throws FleetError with every finding at once; nothing is rendered then
 */
export function renderFleet(
  name: string,
  declaration: FleetDeclaration,
  context: RenderContext,
): RenderedFleet {
  const { findings, rendered } = evaluate(name, declaration, context);
  if (rendered === undefined) {
    throw new FleetError(findings.filter(stops));
  }
  return rendered;
}

/** Every finding of a fleet in path order, warnings included; empty when there is nothing to say. */
export function checkFleet(
  name: string,
  declaration: FleetDeclaration,
  context: RenderContext,
): readonly Finding[] {
  return evaluate(name, declaration, context).findings;
}

/** What a fleet needs from its surroundings before it can be rendered with its secrets. */
export interface PlannedEncryption {
  /** Identities to make once and keep. Their values belong into `RenderContext.identities`. */
  readonly identities: readonly PlannedIdentity[];
  /** Files to encrypt. What they are encrypted with belongs into `RenderContext.envelopes`. */
  readonly files: readonly SecretFile[];
}

/**
 * What is to be encrypted, and to which identities of the fleet's own; nothing for a declaration that
 * cannot be read, for `renderFleet` says why.
 */
export function plannedEncryption(
  name: string,
  declaration: FleetDeclaration,
  context: RenderContext,
): PlannedEncryption {
  if (declarationShapeFindings(declaration).length > 0) return { identities: [], files: [] };
  const { model } = modelled(name, declaration, context);
  try {
    return { identities: plannedIdentities(model), files: secretFiles(model) };
  } catch (error) {
    if (FleetError.is(error)) return { identities: [], files: [] };
    throw error;
  }
}

/** The model of a declaration, and the context with the names that its parts have now. */
function modelled(
  name: string,
  declaration: FleetDeclaration,
  context: RenderContext,
): { readonly model: FleetModel; readonly known: RenderContext } {
  const { record } = context;
  const known =
    record === undefined ? context : { ...context, record: headRecord(record, declaration) };
  return { model: fleetModel(name, declaration, known), known };
}

interface Evaluation {
  readonly findings: readonly Finding[];
  /** Absent when a finding stops. */
  readonly rendered?: RenderedFleet;
}

/** Findings after which nothing can be rendered, so that objects and files cannot be compared. */
const unrenderable: ReadonlySet<string> = new Set([
  "INVALID_NAME",
  "INVALID_PATH",
  "INVALID_SECRET",
  "DUPLICATE_IDENTITY",
  "FORMER_NAME_TAKEN",
  "RESERVED_NAMESPACE",
  "UNKNOWN_COMPONENT",
  "UNKNOWN_FLUX_VERSION",
  "UNPRINTABLE_STRING",
]);

function evaluate(name: string, declaration: FleetDeclaration, context: RenderContext): Evaluation {
  const shape = declarationShapeFindings(declaration);
  if (shape.length > 0) {
    return { findings: inPathOrder(shape) };
  }
  const { model, known } = modelled(name, declaration, context);
  const declared = declarationFindings(name, model, known);
  if (declared.some(({ code }) => unrenderable.has(code))) {
    return { findings: inPathOrder(declared) };
  }
  try {
    const audit = auditDirectories(model, context.directories);
    const { findings: written } = audit;
    const patches = partPatchFindings(model, context);
    const layers = layerFleetFindings(model);
    const findings = [...declared, ...pathFindings(model), ...layers, ...patches, ...written];
    const rendered = renderModel(model, context);
    const applied = withNestedDirectories(audit.applied, rendered, context.directories);
    const { objects } = applied;
    const polls = pollRates(everyObject(rendered, objects));
    const all = inPathOrder([
      ...findings,
      ...nestedBindingFindings(model, audit.applied.objects, objects),
      ...objectFindings(rendered, objects),
      ...apiFindings(model, rendered, objects),
      ...referenceFindings(model, rendered, context, applied, findings),
      ...fleetSecretFindings(model, rendered, context, applied, findings),
      ...fileFindings(rendered, findings),
      ...pollFindings(polls, model.declaration.polling?.limits ?? {}),
    ]);
    return all.some(stops)
      ? { findings: all }
      : { findings: all, rendered: { ...rendered, polls, warnings: all } };
  } catch (error) {
    // What cannot be printed is found by printing it.
    if (FleetError.is(error)) {
      return { findings: inPathOrder([...declared, ...error.findings]) };
    }
    throw error;
  }
}

function declarationFindings(
  name: string,
  model: FleetModel,
  context: RenderContext,
): readonly Finding[] {
  const { declaration } = model;
  return [
    ...fleetFindings(name, declaration),
    ...sopsFindings(declaration),
    ...fluxFindings(model, context),
    ...ringListFindings(model),
    ...externalFindings(model),
    ...upgradeFindings(model, context.record),
    ...declaration.clusters.flatMap(clusterFindings),
    ...(declaration.layers ?? []).flatMap(layerFindings),
    ...(declaration.tenants ?? []).flatMap(tenantPartFindings),
    ...graphFindings(model),
    ...partListFindings(model),
    ...fleetRecipientFindings(model),
    ...fleetIdentityFindings(model),
    ...formerFindings(name, model),
    ...tenantApplierFindings(model, context.record),
    ...(context.record === undefined ? [] : leavingFindings(context.record, leavingView(model))),
  ];
}

function leavingView(model: FleetModel): Parameters<typeof leavingFindings>[1] {
  return {
    clusters: model.clusters,
    retired: model.retired.map(({ name }) => name),
    layers: model.layers.map(({ part, clusters }) => ({ name: part.name, clusters })),
    tenants: model.tenants.map((tenant) => ({
      ...tenant,
      name: tenant.part.name,
      offboard: tenant.part.args.offboard,
      protect: tenant.part.args.protect,
    })),
    removalReason: model.declaration.removal?.reason,
  };
}

/** Files that cannot both exist, unless it was said already which parts are in each other's way. */
function fileFindings(rendered: RenderedFleet, known: readonly Finding[]): readonly Finding[] {
  const explained = known.some(({ code }) => code === "PATH_OVERLAP");
  return explained ? [] : pathCollisions(rendered.files.map(({ path }) => path));
}

/** What is rendered and what people wrote. */
function everyObject(
  { manifests }: RenderedFleet,
  written: AppliedDirectories["objects"],
): readonly Pick<Manifest, "object" | "cluster">[] {
  if (written.size === 0) return manifests;
  const others = [...written].flatMap(([cluster, objects]) =>
    objects.map(({ object }) => ({ object, cluster })),
  );
  return [...manifests, ...others];
}

function stops(finding: Finding): boolean {
  return finding.severity !== "warning";
}

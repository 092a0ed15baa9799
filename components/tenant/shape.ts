import type { Field, Shape } from "../../graph/values/shapes.js";
import { fluxPartFields } from "../flux-parts.js";
import { patchesShape } from "../patches.js";
import { secretsShape } from "../sops/secrets/shape.js";

/** A login, all of it optional or none. */
export const credentialsShape: Shape = {
  fields: { token: "text", username: { optional: "text" }, ca: { optional: "text" } },
};

const sourceShape: Shape = {
  fields: {
    kind: { choice: ["gitSource"] },
    url: "text",
    branch: { optional: "text" },
    tag: { optional: "text" },
    semver: { optional: "text" },
    commit: { optional: "text" },
    interval: { optional: "text" },
    timeout: { optional: "text" },
    credentials: { optional: credentialsShape },
  },
};

/** Fields of `TenantManifestArgs`. */
export const tenantManifestFields: Readonly<Record<string, Field>> = {
  ...fluxPartFields,
  source: sourceShape,
  path: "text",
  namespace: { optional: "text" },
  role: {
    optional: {
      fields: {
        kind: { choice: ["ClusterRole"] },
        name: { choice: ["edit", "admin"] },
        reason: "text",
      },
    },
  },
  interval: { optional: "text" },
  retryInterval: { optional: "text" },
  timeout: { optional: "text" },
  labels: { optional: { table: "text" } },
  annotations: { optional: { table: "text" } },
  patches: { optional: patchesShape },
  secrets: { optional: secretsShape },
};

/** The shape of `TenantManifestArgs`. */
export const tenantManifestShape: Shape = { fields: tenantManifestFields };

/** The shape of `TenantOverride`. */
export const tenantOverrideShape: Shape = {
  fields: {
    source: { optional: sourceShape },
    path: { optional: "text" },
    interval: { optional: "text" },
    retryInterval: { optional: "text" },
    timeout: { optional: "text" },
    patches: { optional: patchesShape },
    secrets: { optional: secretsShape },
  },
};

import type { Field, Shape } from "../../graph/shapes.js";
import { allComponents } from "../bootstrap/flux-components.js";
import { credentialsShape, tenantManifestFields } from "../tenant/shape.js";

const optionalText: Field = { optional: "text" };

const selectorShape: Shape = {
  either: [
    { choice: ["all"] },
    { list: handleShape("cluster") },
    {
      fields: {
        environment: optionalText,
        ring: optionalText,
        labels: { optional: { table: "text" } },
      },
    },
  ],
};

const dependsOnShape: Shape = {
  list: { fields: { kind: { choice: ["layer", "tenant"] }, name: "text" } },
};

const clusterShape = partFields("cluster", {
  environment: "text",
  ring: optionalText,
  labels: { optional: { table: "text" } },
  kubeconfig: optionalText,
  whenUnreachable: { optional: { choice: ["fail", "skip"] } },
  identity: optionalText,
  age: { optional: { fields: { recipient: "text", identity: optionalText } } },
  variables: { optional: { table: "text" } },
  lockdown: {
    optional: {
      either: [{ choice: [true] }, { fields: { disabled: { choice: [true] }, reason: "text" } }],
    },
  },
  path: optionalText,
});

const layerShape = partFields("layer", {
  clusters: selectorShape,
  directory: "text",
  dependsOn: { optional: dependsOnShape },
  interval: optionalText,
  retryInterval: optionalText,
  timeout: optionalText,
  wait: { optional: "flag" },
  prune: { optional: "flag" },
});

const tenantShape = partFields("tenant", {
  ...tenantManifestFields,
  clusters: selectorShape,
  dependsOn: { optional: dependsOnShape },
  waitFor: { optional: "flag" },
  protect: { optional: "flag" },
  offboard: { optional: { choice: ["drain", "orphan"] } },
});

/** The parts of a fleet, each with the shape of its arguments. */
export const partShapes: Readonly<Record<"clusters" | "layers" | "tenants", Shape>> = {
  clusters: clusterShape,
  layers: layerShape,
  tenants: tenantShape,
};

/** The shape of a fleet apart from its parts. */
export const fleetShape: Shape = {
  fields: {
    repository: {
      fields: {
        url: "text",
        branch: "text",
        push: {
          fields: {
            url: optionalText,
            token: optionalText,
            username: optionalText,
            ca: optionalText,
          },
        },
        sync: {
          optional: {
            fields: { credentials: { optional: credentialsShape }, interval: optionalText },
          },
        },
      },
    },
    flux: {
      fields: {
        version: { either: ["text", { table: "text" }] },
        components: { optional: { list: { choice: allComponents } } },
        manifests: {
          optional: {
            either: [
              { fields: { file: "text", sha256: optionalText } },
              { fields: { sha256: "text" } },
            ],
          },
        },
      },
    },
    sops: { optional: { fields: { breakGlass: { optional: { list: "text" } } } } },
    wait: {
      optional: { either: [{ choice: [false] }, { fields: { timeout: optionalText } }] },
    },
    adopt: { optional: { list: "text" } },
    restore: { optional: { list: "text" } },
    removal: { optional: { fields: { reason: "text" } } },
  },
};

function handleShape(kind: string): Shape {
  return { fields: { kind: { choice: [kind] }, name: "text" } };
}

function partFields(kind: string, args: Readonly<Record<string, Field>>): Shape {
  return { fields: { kind: { choice: [kind] }, name: "text", args: { fields: args } } };
}

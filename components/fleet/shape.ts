import type { Field, Shape } from "../../graph/values/shapes.js";
import { allComponents } from "../bootstrap/flux-components.js";
import { fluxPartFields } from "../flux-parts.js";
import { imagesShape, imageUpdatesShape } from "../image/shape.js";
import { notificationsShape } from "../notification/shape.js";
import { patchesShape } from "../patches.js";
import { secretsShape } from "../sops/secrets/shape.js";
import { credentialsShape, tenantManifestFields, tenantOverrideShape } from "../tenant/shape.js";

const optionalText: Field = { optional: "text" };

const oneOrMore: Shape = { either: ["text", { list: "text" }] };

const queryShape: Shape = {
  fields: {
    environment: { optional: oneOrMore },
    ring: { optional: oneOrMore },
    labels: { optional: { table: oneOrMore } },
  },
};

/** A cluster with its arguments, where no function takes them off; they are judged with the cluster. */
const wholeClusterShape: Shape = {
  fields: { kind: { choice: ["cluster"] }, name: "text", args: { optional: "anything" } },
};

const selectorShape = selectorOf(handleShape("cluster"));

const awaitedShape: Shape = { fields: { kind: { choice: ["layer", "tenant"] }, name: "text" } };

const dependsOnShape: Shape = {
  list: { either: [awaitedShape, { fields: { on: awaitedShape, readyExpr: "text" } }] },
};

const objectShape: Shape = {
  open: {
    apiVersion: "text",
    kind: "text",
    metadata: {
      open: {
        name: "text",
        namespace: optionalText,
        labels: { optional: { table: "text" } },
        annotations: { optional: { table: "text" } },
      },
    },
  },
};

/** `Overrides` of what has the given shape. */
export function overridesShape(value: Shape): Shape {
  const byName: Field = { optional: { table: value } };
  return { fields: { environments: byName, rings: byName, clusters: byName } };
}

const keyPairFields: Readonly<Record<string, Field>> = {
  recipient: "text",
  identity: optionalText,
};

const ageChangeFields: Readonly<Record<string, Field>> = {
  previous: { optional: { fields: keyPairFields } },
  confirmed: {
    optional: { fields: { recipient: "text", step: { choice: ["installed", "applied"] } } },
  },
  abandon: { optional: { fields: { recipient: "text", reason: "text" } } },
};

const broughtAgeShape: Shape = {
  fields: {
    ...keyPairFields,
    ...ageChangeFields,
  },
};

const generatedAgeShape: Shape = {
  fields: {
    ...ageChangeFields,
    generation: { optional: "anything" },
    postQuantum: { optional: "flag" },
  },
};

const clusterShape = partFields("cluster", {
  environment: "text",
  ring: optionalText,
  labels: { optional: { table: "text" } },
  kubeconfig: optionalText,
  whenUnreachable: { optional: { choice: ["fail", "skip"] } },
  identity: optionalText,
  age: { optional: { either: [broughtAgeShape, generatedAgeShape] } },
  secrets: { optional: secretsShape },
  notifications: { optional: notificationsShape },
  variables: { optional: { table: "text" } },
  lockdown: {
    optional: {
      either: [{ choice: [true] }, { fields: { disabled: { choice: [true] }, reason: "text" } }],
    },
  },
  path: optionalText,
  formerly: optionalText,
  retire: { optional: { fields: { reason: "text" } } },
  patches: { optional: patchesShape },
});

const contentFields: Readonly<Record<string, Field>> = {
  ...fluxPartFields,
  objects: { optional: { list: objectShape } },
  directories: { optional: { list: "text" } },
};

const layerOverrideShape: Shape = {
  fields: {
    variables: { optional: { table: "text" } },
    patches: { optional: patchesShape },
    interval: optionalText,
    retryInterval: optionalText,
    timeout: optionalText,
    secrets: { optional: secretsShape },
  },
};

const layerShape = partFields("layer", {
  clusters: selectorShape,
  directory: optionalText,
  base: { optional: { fields: contentFields } },
  overlays: {
    optional: { table: { fields: { ...contentFields, patches: { optional: patchesShape } } } },
  },
  variables: { optional: { table: "text" } },
  patches: { optional: patchesShape },
  overrides: { optional: overridesShape(layerOverrideShape) },
  dependsOn: { optional: dependsOnShape },
  interval: optionalText,
  retryInterval: optionalText,
  timeout: optionalText,
  wait: { optional: "flag" },
  healthChecks: {
    optional: {
      list: {
        fields: { apiVersion: "text", kind: "text", name: "text", namespace: optionalText },
      },
    },
  },
  healthCheckExprs: {
    optional: {
      list: {
        fields: {
          apiVersion: "text",
          kind: "text",
          current: "text",
          inProgress: optionalText,
          failed: optionalText,
        },
      },
    },
  },
  prune: { optional: "flag" },
  formerly: optionalText,
  serviceAccountName: optionalText,
  secrets: { optional: secretsShape },
  decryption: {
    optional: {
      fields: {
        provider: { optional: { choice: ["sops"] } },
        secretRef: { optional: { fields: { name: "text" } } },
        serviceAccountName: optionalText,
      },
    },
  },
});

const tenantShape = partFields("tenant", {
  ...tenantManifestFields,
  images: { optional: imagesShape },
  imageUpdates: { optional: imageUpdatesShape },
  clusters: selectorShape,
  dependsOn: { optional: dependsOnShape },
  waitFor: { optional: "flag" },
  protect: { optional: "flag" },
  overrides: { optional: overridesShape(tenantOverrideShape) },
  offboard: { optional: { choice: ["drain", "orphan"] } },
  applier: { optional: { choice: ["flux", "pulumi"] } },
  formerly: optionalText,
  age: {
    optional: {
      either: [
        { fields: { recipient: "text", identity: "text", ...ageChangeFields } },
        { fields: { generation: { optional: "anything" }, ...ageChangeFields } },
      ],
    },
  },
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
            fields: {
              credentials: { optional: credentialsShape },
              interval: optionalText,
              sparseCheckout: { optional: "flag" },
            },
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
        versionJump: { optional: { fields: { reason: "text" } } },
      },
    },
    notifications: { optional: notificationsShape },
    images: { optional: imagesShape },
    imageUpdates: { optional: imageUpdatesShape },
    polling: { optional: { fields: { limits: { optional: { table: "anything" } } } } },
    sops: {
      optional: {
        fields: {
          breakGlass: { optional: { list: "text" } },
          plugins: { optional: { list: "text" } },
          seedGeneration: { optional: "anything" },
          production: { optional: { list: "text" } },
        },
      },
    },
    wait: {
      optional: { either: [{ choice: [false] }, { fields: { timeout: optionalText } }] },
    },
    adopt: { optional: { list: "text" } },
    restore: { optional: { list: "text" } },
    removal: { optional: { fields: { reason: "text" } } },
    formerly: optionalText,
    rings: { optional: { list: "text" } },
    external: {
      optional: {
        list: {
          fields: {
            kind: "text",
            name: "text",
            namespace: optionalText,
            clusters: { optional: selectorOf(wholeClusterShape) },
          },
        },
      },
    },
  },
};

function selectorOf(cluster: Shape): Shape {
  return {
    either: [{ choice: ["all"] }, { list: { either: [cluster, queryShape] } }, queryShape],
  };
}

function handleShape(kind: string): Shape {
  return { fields: { kind: { choice: [kind] }, name: "text" } };
}

function partFields(kind: string, args: Readonly<Record<string, Field>>): Shape {
  return { fields: { kind: { choice: [kind] }, name: "text", args: { fields: args } } };
}

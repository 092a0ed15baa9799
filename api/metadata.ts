import type { FieldSchema } from "./schema.js";

const text: FieldSchema = { type: "string" };
const anything: FieldSchema = { "x-kubernetes-preserve-unknown-fields": true };

/**
 * The metadata of any object, as an API server takes it. What only a server sets is let pass,
 * because exported objects carry it.
 */
export const metadataSchema: FieldSchema = {
  type: "object",
  required: ["name"],
  properties: {
    name: {
      type: "string",
      maxLength: 253,
      pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$",
    },
    namespace: { type: "string", maxLength: 63, pattern: "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$" },
    labels: {
      type: "object",
      additionalProperties: {
        type: "string",
        maxLength: 63,
        pattern: "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$",
      },
    },
    annotations: { type: "object", additionalProperties: text },
    finalizers: { type: "array", items: text },
    ownerReferences: anything,
    generateName: text,
    managedFields: anything,
    uid: anything,
    resourceVersion: anything,
    generation: anything,
    selfLink: anything,
    creationTimestamp: anything,
    deletionTimestamp: anything,
    deletionGracePeriodSeconds: anything,
  },
};

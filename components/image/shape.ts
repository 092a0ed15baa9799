import type { Field, Shape } from "../../graph/values/shapes.js";

const optionalText: Field = { optional: "text" };

const order: Field = { optional: { choice: ["asc", "desc"] } };

/** The shape of a `SecretReference`; what a Secret holds is looked at where it is listed. */
const secretReferenceShape: Shape = {
  either: [
    { fields: { name: "text" } },
    { fields: { kind: { choice: ["secret"] }, name: "text" } },
    { fields: { kind: { choice: ["secret"] }, name: "text", args: "anything" } },
  ],
};

/** The shape of a list of images. */
export const imagesShape: Shape = {
  list: {
    fields: {
      kind: { choice: ["image"] },
      name: "text",
      args: {
        fields: {
          image: "text",
          policy: { fields: { semver: optionalText, alphabetical: order, numerical: order } },
          filterTags: { optional: { fields: { pattern: "text", extract: optionalText } } },
          digestReflection: { optional: { choice: ["Never", "IfNotPresent", "Always"] } },
          interval: optionalText,
          secret: { optional: secretReferenceShape },
          provider: { optional: { choice: ["generic", "aws", "azure", "gcp"] } },
          reason: optionalText,
          spec: {
            optional: {
              fields: {
                repository: { optional: { table: "anything" } },
                policy: { optional: { table: "anything" } },
              },
            },
          },
        },
      },
    },
  },
};

/** The shape of `ImageUpdatesArgs`. */
export const imageUpdatesShape: Shape = {
  fields: {
    runsOn: {
      fields: { kind: { choice: ["cluster"] }, name: "text", args: { optional: "anything" } },
    },
    writesTo: {
      fields: {
        path: "text",
        branch: optionalText,
        push: {
          optional: {
            fields: {
              branch: optionalText,
              refspec: optionalText,
              options: { optional: { table: "text" } },
            },
          },
        },
        secret: secretReferenceShape,
      },
    },
    author: { fields: { name: optionalText, email: "text" } },
    signingKey: {
      optional: {
        fields: { secret: secretReferenceShape, type: { optional: { choice: ["gpg", "ssh"] } } },
      },
    },
    message: optionalText,
    messageValues: { optional: { table: "text" } },
    skipCi: { optional: "flag" },
    interval: optionalText,
    spec: {
      optional: {
        fields: {
          source: { optional: { table: "anything" } },
          automation: { optional: { table: "anything" } },
        },
      },
    },
  },
};

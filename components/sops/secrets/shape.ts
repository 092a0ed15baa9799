import type { Shape } from "../../../graph/values/shapes.js";

/** The shape of a list of Secrets. */
export const secretsShape: Shape = {
  list: {
    fields: {
      kind: { choice: ["secret"] },
      name: "text",
      args: {
        fields: {
          type: "text",
          data: { table: "text" },
          registries: { optional: { table: { fields: { username: "text", password: "text" } } } },
          namespace: { optional: "text" },
          labels: { optional: { table: "text" } },
          annotations: { optional: { table: "text" } },
          immutable: { optional: "flag" },
        },
      },
    },
  },
};

import type { Field, Shape } from "../../graph/values/shapes.js";
import { secretReferenceShape, sourceReferenceShape, specShape } from "../source/shape.js";

const text: Field = { optional: "text" };
const flag: Field = { optional: "flag" };

const valuesFiles: Field = { optional: { list: "text" } };

const release: Shape = { fields: { kind: { choice: ["release"] }, name: "text" } };

const chart: Shape = {
  either: [
    {
      fields: {
        source: sourceReferenceShape(["HelmRepository"]),
        name: "text",
        version: "text",
        reason: text,
        verify: {
          optional: {
            fields: {
              provider: { choice: ["cosign", "notation"] },
              secret: secretReferenceShape,
            },
          },
        },
        valuesFiles,
      },
    },
    {
      fields: {
        source: sourceReferenceShape(["GitRepository", "Bucket"]),
        path: "text",
        valuesFiles,
      },
    },
    { fields: { source: sourceReferenceShape(["OCIRepository"]) } },
    { fields: { source: sourceReferenceShape(["ArtifactGenerator"]), artifact: text } },
  ],
};

const valuesOptions: Readonly<Record<string, Field>> = {
  valuesKey: text,
  targetPath: text,
  optional: flag,
  literal: flag,
};

/** The shape of a list of releases. */
export const releasesShape: Shape = {
  list: {
    fields: {
      kind: { choice: ["release"] },
      name: "text",
      args: {
        fields: {
          chart,
          targetNamespace: text,
          createNamespace: flag,
          releaseName: text,
          storageNamespace: text,
          dependsOn: {
            optional: { list: { either: [release, { fields: { on: release, readyExpr: text } }] } },
          },
          values: { optional: { table: "anything" } },
          valuesFrom: {
            optional: {
              list: {
                either: [
                  { fields: { kind: { choice: ["secret"] }, name: "text" } },
                  { fields: { secret: secretReferenceShape, ...valuesOptions } },
                  { fields: { configMap: "text", ...valuesOptions } },
                ],
              },
            },
          },
          interval: text,
          timeout: text,
          install: specShape,
          upgrade: specShape,
          rollback: specShape,
          uninstall: specShape,
          test: specShape,
          driftDetection: specShape,
          crds: { optional: { choice: ["Skip", "Create", "CreateReplace"] } },
          spec: specShape,
        },
      },
    },
  },
};

import type { Field, Shape } from "../../graph/values/shapes.js";

const text: Field = { optional: "text" };
const flag: Field = { optional: "flag" };

/** A Secret that a part names: one of the program, or any other by its name. */
export const secretReferenceShape: Shape = {
  fields: { kind: { optional: { choice: ["secret"] } }, name: "text" },
};

const secret: Field = { optional: secretReferenceShape };

/** A source that a part names; `types` are those it can be. */
export function sourceReferenceShape(types: readonly string[]): Shape {
  return { fields: { kind: { choice: ["source"] }, name: "text", type: { choice: types } } };
}

/** Fields of one kind as its CRD has them; they are checked against that, not here. */
export const specShape: Field = { optional: { open: {} } };

const polled: Readonly<Record<string, Field>> = { interval: text, timeout: text, spec: specShape };

const cloud: Field = { optional: { choice: ["generic", "aws", "azure", "gcp"] } };

const gitFields: Readonly<Record<string, Field>> = {
  ...polled,
  url: "text",
  ref: {
    either: [
      { fields: { branch: "text", reason: text } },
      { fields: { tag: "text" } },
      { fields: { semver: "text", reason: text } },
      { fields: { name: "text" } },
      { fields: { commit: "text" } },
    ],
  },
  secret,
  verify: {
    optional: {
      fields: {
        secret: secretReferenceShape,
        mode: { optional: { choice: ["HEAD", "Tag", "TagAndHEAD"] } },
      },
    },
  },
  provider: { optional: { choice: ["generic", "aws", "azure", "github"] } },
  serviceAccountName: text,
  proxySecret: secret,
  sparseCheckout: { optional: { list: "text" } },
  include: {
    optional: {
      list: {
        fields: { source: sourceReferenceShape(["GitRepository"]), fromPath: text, toPath: text },
      },
    },
  },
  ignore: text,
  recurseSubmodules: flag,
};

const ociFields: Readonly<Record<string, Field>> = {
  ...polled,
  url: "text",
  ref: {
    either: [
      { fields: { digest: "text" } },
      { fields: { tag: "text" } },
      { fields: { semver: "text", semverFilter: text, reason: "text" } },
    ],
  },
  secret,
  verify: {
    optional: {
      either: [
        {
          fields: { provider: { choice: ["cosign", "notation"] }, secret: secretReferenceShape },
        },
        {
          fields: {
            provider: { choice: ["cosign"] },
            identities: { list: { fields: { issuer: "text", subject: "text" } } },
            trustedRootSecret: secret,
          },
        },
      ],
    },
  },
  provider: cloud,
  serviceAccountName: text,
  certSecret: secret,
  proxySecret: secret,
  layerSelector: {
    optional: {
      fields: { mediaType: text, operation: { optional: { choice: ["extract", "copy"] } } },
    },
  },
  ignore: text,
  insecure: flag,
};

const helmFields: Readonly<Record<string, Field>> = {
  ...polled,
  url: "text",
  secret,
  certSecret: secret,
  passCredentials: flag,
  provider: cloud,
  insecure: flag,
};

const bucketFields: Readonly<Record<string, Field>> = {
  ...polled,
  bucketName: "text",
  endpoint: "text",
  region: text,
  prefix: text,
  provider: cloud,
  serviceAccountName: text,
  secret,
  certSecret: secret,
  proxySecret: secret,
  sts: {
    optional: {
      fields: {
        provider: { choice: ["aws", "ldap"] },
        endpoint: "text",
        secret,
        certSecret: secret,
      },
    },
  },
  ignore: text,
  insecure: flag,
};

const generatorFields: Readonly<Record<string, Field>> = {
  spec: specShape,
  sources: {
    list: {
      fields: {
        source: sourceReferenceShape(["GitRepository", "OCIRepository", "Bucket"]),
        alias: text,
      },
    },
  },
  artifacts: {
    list: {
      fields: {
        name: "text",
        copy: {
          list: {
            fields: {
              from: "text",
              to: "text",
              exclude: { optional: { list: "text" } },
              strategy: { optional: { choice: ["Overwrite", "Merge", "Extract"] } },
            },
          },
        },
        revision: text,
        originRevision: text,
      },
    },
  },
};

/** The shape of a list of sources. */
export const sourcesShape: Shape = {
  list: {
    either: [
      sourceShape("GitRepository", gitFields),
      sourceShape("OCIRepository", ociFields),
      sourceShape("HelmRepository", helmFields),
      sourceShape("Bucket", bucketFields),
      sourceShape("ArtifactGenerator", generatorFields),
    ],
  },
};

function sourceShape(type: string, args: Readonly<Record<string, Field>>): Shape {
  return {
    fields: {
      kind: { choice: ["source"] },
      name: "text",
      args: { fields: { type: { choice: [type] }, ...args } },
    },
  };
}

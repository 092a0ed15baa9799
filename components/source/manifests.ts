import { artifactGenerator } from "../../api/types/artifact-generator.js";
import { bucket } from "../../api/types/bucket.js";
import { gitRepository } from "../../api/types/git-repository.js";
import { helmRepository } from "../../api/types/helm-repository.js";
import { ociRepository } from "../../api/types/oci-repository.js";
import type {
  ArtifactGeneratorSpec,
  BucketSpec,
  GitRepositorySpec,
  HelmRepositorySpec,
  OCIRepositorySpec,
} from "../../api/types/index.js";
import { floatReason } from "../../graph/references/floating-findings.js";
import type { KubernetesObject, ObjectMeta } from "../../manifests/manifest.js";
import type { FluxPlace, SecretReference } from "../flux-part.js";
import { mergedSpec } from "../merged-spec.js";
import { secretRef } from "../secret-reference.js";
import type { ArtifactGeneratorArgs } from "./artifact-generator.js";
import type { BucketArgs } from "./bucket.js";
import type { GitRepositoryArgs, GitRepositoryReference } from "./git-repository.js";
import type { HelmRepositoryArgs } from "./helm-repository.js";
import type { OciReference, OciRepositoryArgs, OciVerification } from "./oci-repository.js";
import { sourceReference } from "./source.js";
import type { SourcePart } from "./source.js";

/** Renders a source where its owner has its objects. */
export function sourceObjects(
  source: SourcePart<string>,
  place: FluxPlace,
): readonly KubernetesObject[] {
  const { name, args } = source;
  const metadata = { name, namespace: place.namespace, ...labelled(place), ...reasoned(args) };
  return [sourceObject(metadata, args)];
}

function sourceObject(metadata: ObjectMeta, args: SourcePart<string>["args"]): KubernetesObject {
  switch (args.type) {
    case "GitRepository":
      return gitRepository(metadata, mergedSpec(gitSpec(args), args.spec));
    case "OCIRepository":
      return ociRepository(metadata, mergedSpec(ociSpec(args), args.spec));
    case "HelmRepository":
      return helmRepository(metadata, mergedSpec(helmSpec(args), args.spec));
    case "Bucket":
      return bucket(metadata, mergedSpec(bucketSpec(args), args.spec));
    case "ArtifactGenerator":
      return artifactGenerator(metadata, mergedSpec(generatorSpec(args), args.spec));
  }
}

function labelled({ labels }: FluxPlace): Pick<ObjectMeta, "labels"> {
  return labels === undefined ? {} : { labels };
}

/** The reason of a range, where the check of floating versions and reviewers look for it. */
function reasoned(args: SourcePart<string>["args"]): Pick<ObjectMeta, "annotations"> {
  const reason = "ref" in args && "reason" in args.ref ? args.ref.reason : undefined;
  return reason === undefined ? {} : { annotations: { [floatReason]: reason } };
}

function gitSpec(args: GitRepositoryArgs<string>): GitRepositorySpec {
  const { verify } = args;
  return {
    ignore: args.ignore,
    include: args.include?.map(({ source, fromPath, toPath }) => ({
      fromPath,
      repository: { name: source.name },
      toPath,
    })),
    interval: args.interval ?? "5m",
    provider: args.provider,
    proxySecretRef: secretField(args.proxySecret),
    recurseSubmodules: args.recurseSubmodules,
    ref: withoutReason(args.ref),
    secretRef: secretField(args.secret),
    serviceAccountName: args.serviceAccountName,
    sparseCheckout: args.sparseCheckout,
    timeout: args.timeout,
    url: args.url,
    verify: verify && { mode: verify.mode, secretRef: secretRef(verify.secret) },
  };
}

function ociSpec(args: OciRepositoryArgs<string>): OCIRepositorySpec {
  return {
    certSecretRef: secretField(args.certSecret),
    ignore: args.ignore,
    insecure: args.insecure,
    interval: args.interval ?? "10m",
    layerSelector: args.layerSelector,
    provider: args.provider,
    proxySecretRef: secretField(args.proxySecret),
    ref: withoutReason(args.ref),
    secretRef: secretField(args.secret),
    serviceAccountName: args.serviceAccountName,
    timeout: args.timeout,
    url: args.url,
    verify: args.verify && verification(args.verify),
  };
}

function verification(verify: OciVerification): NonNullable<OCIRepositorySpec["verify"]> {
  if ("secret" in verify) {
    return { provider: verify.provider, secretRef: secretRef(verify.secret) };
  }
  return {
    matchOIDCIdentity: verify.identities,
    provider: verify.provider,
    trustedRootSecretRef: secretField(verify.trustedRootSecret),
  };
}

function helmSpec(args: HelmRepositoryArgs<string>): HelmRepositorySpec {
  return {
    certSecretRef: secretField(args.certSecret),
    insecure: args.insecure,
    interval: args.interval ?? "60m",
    passCredentials: args.passCredentials,
    provider: args.provider,
    secretRef: secretField(args.secret),
    timeout: args.timeout,
    type: args.url.startsWith("oci://") ? "oci" : undefined,
    url: args.url,
  };
}

function bucketSpec(args: BucketArgs<string>): BucketSpec {
  const { sts } = args;
  return {
    bucketName: args.bucketName,
    certSecretRef: secretField(args.certSecret),
    endpoint: args.endpoint,
    ignore: args.ignore,
    insecure: args.insecure,
    interval: args.interval ?? "5m",
    prefix: args.prefix,
    provider: args.provider,
    proxySecretRef: secretField(args.proxySecret),
    region: args.region,
    secretRef: secretField(args.secret),
    serviceAccountName: args.serviceAccountName,
    sts: sts && {
      certSecretRef: secretField(sts.certSecret),
      endpoint: sts.endpoint,
      provider: sts.provider,
      secretRef: secretField(sts.secret),
    },
    timeout: args.timeout,
  };
}

function generatorSpec({ sources, artifacts }: ArtifactGeneratorArgs): ArtifactGeneratorSpec {
  return {
    artifacts,
    sources: sources.map(({ source, alias }) => {
      const { kind, name } = reference(source);
      return { alias: alias ?? name, kind, name };
    }),
  };
}

/** Kind and name of what a generator reads; its builder left references only. */
function reference(source: ArtifactGeneratorArgs["sources"][number]["source"]): {
  readonly kind: "GitRepository" | "OCIRepository" | "Bucket";
  readonly name: string;
} {
  return { kind: sourceReference(source).type, name: source.name };
}

function withoutReason<Reference extends GitRepositoryReference<string> | OciReference<string>>(
  ref: Reference,
): Omit<Reference, "reason"> {
  return Object.fromEntries(Object.entries(ref).filter(([field]) => field !== "reason")) as Omit<
    Reference,
    "reason"
  >;
}

function secretField(secret: SecretReference | undefined): { readonly name: string } | undefined {
  return secret && secretRef(secret);
}

import type { HelmReleaseSpec } from "../../api/types/helm-release.js";
import { handle, part } from "../fleet/part.js";
import type { Input, Part, PartHandle } from "../fleet/part.js";
import type { SecretReference } from "../flux-part.js";
import type { DeepPartial } from "../merged-spec.js";
import { secretReference } from "../secret-reference.js";
import { withReference } from "./chart.js";
import type { Chart, DeclaredChart } from "./chart.js";

/** A release that must be Ready first, and when it counts as that. */
export interface ReleaseDependency {
  readonly on: PartHandle<"release">;
  /**
   * CEL expression over `dep`, the other release, and `self`. It replaces Flux's own judgement.
   *
   * @default Flux's: the other release is Ready at its newest generation
   */
  readonly readyExpr?: string | undefined;
}

/** Where in the values something is put, and from which key it is read. */
export interface ValuesOptions {
  /** Key with the values, or with the one value. @default "values.yaml" (Flux) */
  readonly valuesKey?: string | undefined;
  /** Dotted path of the one value that the key holds. @default the key holds values as YAML */
  readonly targetPath?: string | undefined;
  /** Whether the release goes on without it. @default false */
  readonly optional?: boolean | undefined;
  /** Whether the value stays text, whatever it looks like (Flux 2.9). @default false */
  readonly literal?: boolean | undefined;
}

/** Values that are read on the cluster; later ones win over earlier ones, `values` over all. */
export type ValuesReference =
  | PartHandle<"secret">
  | ({ readonly secret: SecretReference; readonly configMap?: never } & ValuesOptions)
  | ({ /** Its name. */ readonly configMap: string; readonly secret?: never } & ValuesOptions);

/**
 * Arguments of {@link helmRelease}.
 *
 * @see https://fluxcd.io/flux/components/helm/helmreleases/
 */
export interface ReleaseArgs<Value = Input> {
  /** The chart and its version. */
  readonly chart: DeclaredChart<Value>;
  /**
   * Namespace it is installed into. That of a tenant is always its own. The platform has to say one:
   * its HelmReleases live in `flux-system`, where nothing else should.
   *
   * @default for tenants: the Namespace of the tenant
   */
  readonly targetNamespace?: string | undefined;
  /** Whether Helm creates the Namespace; not for tenants, who have none but theirs. @default false */
  readonly createNamespace?: boolean | undefined;
  /** Name of the release, at most 53. @default `<targetNamespace>-<name>`, or the name (Flux) */
  readonly releaseName?: string | undefined;
  /** Namespace with the history of Helm. @default that of the HelmRelease (Flux) */
  readonly storageNamespace?: string | undefined;
  /** Releases of the same owner that are Ready first. @default none */
  readonly dependsOn?: readonly (PartHandle<"release"> | ReleaseDependency)[] | undefined;
  /**
   * Values of the chart; a string may be an Output, a `variable("NAME")` or an `image(…)` that
   * image automation keeps up to date. Never secret: they are committed. @default none
   */
  readonly values?: Readonly<Record<string, unknown>> | undefined;
  /** Values that are read on the cluster, from Secrets and ConfigMaps beside the HelmRelease. @default none */
  readonly valuesFrom?: readonly ValuesReference[] | undefined;
  /** How often the release is compared with the cluster. Go duration, 10s to 720h. @default "60m" (ours) */
  readonly interval?: string | undefined;
  /** Longest time for one action of Helm. Go duration, 1s to 24h. @default "5m" (Flux) */
  readonly timeout?: string | undefined;
  /** How the first install goes. @default tried again until it succeeds (ours) */
  readonly install?: HelmReleaseSpec["install"];
  /**
   * How upgrades go. With `remediation` and no `strategy` a failed one is rolled back.
   *
   * @default tried again until it succeeds (ours)
   */
  readonly upgrade?: HelmReleaseSpec["upgrade"];
  /** How a failed upgrade is rolled back; `upgrade.remediation` decides whether. @default Flux's */
  readonly rollback?: HelmReleaseSpec["rollback"];
  /** How it is removed. @default Flux's */
  readonly uninstall?: HelmReleaseSpec["uninstall"];
  /** Whether the tests of the chart run after each install and upgrade. @default they do not */
  readonly test?: HelmReleaseSpec["test"];
  /** Whether changes made by others are taken back. @default they are (ours; Flux looks away) */
  readonly driftDetection?: HelmReleaseSpec["driftDetection"];
  /**
   * What happens with definitions in the chart's `crds` directory, at install and upgrade.
   *
   * @default "CreateReplace" (ours; Flux never upgrades them)
   */
  readonly crds?: "Skip" | "Create" | "CreateReplace" | undefined;
  /** Fields of the HelmRelease for which there is no argument. @default none */
  readonly spec?: DeepPartial<HelmReleaseSpec> | undefined;
}

/** What a release is: its arguments with references in place of parts. */
export interface Release<Value = Input> extends Omit<ReleaseArgs<Value>, "chart"> {
  readonly chart: Chart<Value>;
}

/** A Helm release of a layer or a tenant. */
export type ReleasePart<Value = Input> = Part<"release", Release<Value>>;

/**
 * Declares a Helm release.
 *
 * @example
 * ```ts
 * const chart = ociRepository("podinfo", {
 *   url: "oci://ghcr.io/stefanprodan/charts/podinfo",
 *   ref: { tag: "6.9.2" },
 * });
 * const web = helmRelease("web", { chart: { source: chart }, values: { replicaCount: 2 } });
 * ```
 */
export function helmRelease(name: string, args: ReleaseArgs<string>): ReleasePart<string>;
export function helmRelease(name: string, args: ReleaseArgs): ReleasePart;
export function helmRelease(name: string, args: ReleaseArgs): ReleasePart {
  return part("release", name, {
    ...args,
    chart: withReference(args.chart),
    dependsOn: args.dependsOn?.map((one) =>
      "on" in one ? { ...one, on: handle(one.on) } : handle(one),
    ),
    valuesFrom: args.valuesFrom?.map(withoutSecret),
  });
}

function withoutSecret(from: ValuesReference): ValuesReference {
  if ("kind" in from) return handle(from);
  return from.secret === undefined ? from : { ...from, secret: secretReference(from.secret) };
}

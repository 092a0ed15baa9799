/** The Go modules under `lab/parts/go`, one per group, so that a changed pin rebuilds one group only. */
export type ModuleName =
  "kubernetes" | "pulumi" | "judges" | "flux" | "flux-cli" | "flux-extra" | "age" | "yaml-judge";

/** Every part the lab can build. */
export type PartName =
  | "pulumi"
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kwok"
  | "source-controller"
  | "kustomize-controller"
  | "helm-controller"
  | "notification-controller"
  | "image-reflector-controller"
  | "image-automation-controller"
  | "source-watcher"
  | "sops"
  | "kustomize"
  | "age"
  | "age-keygen"
  | "age-plugin-tag"
  | "age-plugin-tagtest"
  | "yaml-judge"
  | "pyyaml"
  | "docker-registry"
  | "flux";

/** Folders of plain data that are taken out of the modules before the module cache is dropped. */
export type DataName = "crds" | "kwok-stages" | "flux-install";

/** How one binary is built. */
export interface GoPart {
  readonly kind: "go";
  readonly module: ModuleName;
  /** Module path whose pinned version is the part's version; `null` for a program of this repository. */
  readonly versionOf: string | null;
  /** Main package: an import path, or one relative to the module's folder. */
  readonly main: string;
  /** Linker flags besides `-s -w`. `{version}` stands for the pinned version, as in `v1.36.2`. */
  readonly ldflags: readonly string[];
  readonly tags: readonly string[];
  /** Minutes of a build on two cores with empty caches, the parts built in the order of the table. */
  readonly minutes: number;
  /** What is downloaded for this part that parts before it in the table did not need. */
  readonly megabytes: number;
}

/** A part that comes from Debian packages. */
export interface DebianPart {
  readonly kind: "debian";
  readonly packages: readonly string[];
  readonly minutes: number;
  readonly megabytes: number;
}

/** One row of the table of parts. */
export type Part = GoPart | DebianPart;

const kubernetesVersion = [
  "-X k8s.io/component-base/version.gitVersion={version}",
  "-X k8s.io/component-base/version.gitMajor=1",
  "-X k8s.io/component-base/version.gitMinor=36",
  "-X k8s.io/client-go/pkg/version.gitVersion={version}",
  "-X k8s.io/client-go/pkg/version.gitMajor=1",
  "-X k8s.io/client-go/pkg/version.gitMinor=36",
];

function go(
  module: ModuleName,
  versionOf: string | null,
  main: string,
  figures: { minutes: number; megabytes: number },
  flags: { ldflags?: readonly string[]; tags?: readonly string[] } = {},
): GoPart {
  return {
    kind: "go",
    module,
    versionOf,
    main,
    ldflags: flags.ldflags ?? [],
    tags: flags.tags ?? [],
    ...figures,
  };
}

function kubernetes(name: string, minutes: number, megabytes: number): GoPart {
  const figures = { minutes, megabytes };
  return go("kubernetes", "k8s.io/kubernetes", `k8s.io/kubernetes/cmd/${name}`, figures, {
    ldflags: kubernetesVersion,
  });
}

function controller(name: string, minutes: number, megabytes: number): GoPart {
  const path = `github.com/fluxcd/${name}`;
  return go("flux", path, path, { minutes, megabytes });
}

function extra(name: string, minutes: number, megabytes: number): GoPart {
  const path = `github.com/fluxcd/${name}`;
  return go("flux-extra", path, path, { minutes, megabytes });
}

function age(folder: string, minutes: number, megabytes: number): GoPart {
  return go("age", "filippo.io/age", `filippo.io/age/${folder}`, { minutes, megabytes });
}

/**
 * The table of parts. The order is the order of the build: what most of the lab waits for comes first, and a module's
 * parts stand together so that its packages are compiled once.
 */
export const parts: Readonly<Record<PartName, Part>> = {
  etcd: go("kubernetes", "go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/server/v3", {
    minutes: 1.3,
    megabytes: 20,
  }),
  "kube-apiserver": kubernetes("kube-apiserver", 3.8, 60),
  "kube-controller-manager": kubernetes("kube-controller-manager", 1, 5),
  "kube-scheduler": kubernetes("kube-scheduler", 0.1, 0),
  kwok: go("kubernetes", "sigs.k8s.io/kwok", "sigs.k8s.io/kwok/cmd/kwok", {
    minutes: 0.3,
    megabytes: 5,
  }),
  pulumi: go(
    "pulumi",
    "github.com/pulumi/pulumi/pkg/v3",
    "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    { minutes: 3.2, megabytes: 240 },
    {
      // Unstamped, the Automation API refuses the version.
      ldflags: ["-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}"],
      tags: ["osusergo", "grpcnotrace"],
    },
  ),
  kustomize: go(
    "judges",
    "sigs.k8s.io/kustomize/kustomize/v5",
    "sigs.k8s.io/kustomize/kustomize/v5",
    { minutes: 0.2, megabytes: 10 },
    { ldflags: ["-X sigs.k8s.io/kustomize/api/provenance.version={version}"] },
  ),
  sops: go("judges", "github.com/getsops/sops/v3", "github.com/getsops/sops/v3/cmd/sops", {
    minutes: 1,
    megabytes: 150,
  }),
  // The last two are a pair: a recipient that only a plugin reads, and the plugin that reads one fixed such recipient.
  age: age("cmd/age", 0.3, 5),
  "age-keygen": age("cmd/age-keygen", 0.1, 0),
  "age-plugin-tag": age("extra/age-plugin-tag", 0.1, 0),
  "age-plugin-tagtest": age("tag/internal/age-plugin-tagtest", 0.1, 0),
  "yaml-judge": go("yaml-judge", null, ".", { minutes: 0.1, megabytes: 1 }),
  pyyaml: { kind: "debian", packages: ["python3-yaml"], minutes: 0.1, megabytes: 1 },
  // The packages hold init scripts that would listen on every address; they are unpacked, not installed.
  "docker-registry": { kind: "debian", packages: ["docker-registry"], minutes: 0.1, megabytes: 5 },
  "source-controller": controller("source-controller", 2.9, 150),
  "kustomize-controller": controller("kustomize-controller", 0.4, 30),
  "helm-controller": controller("helm-controller", 0.2, 30),
  "notification-controller": controller("notification-controller", 0.5, 20),
  "image-reflector-controller": extra("image-reflector-controller", 1.5, 50),
  "image-automation-controller": extra("image-automation-controller", 0.3, 5),
  // Flux 2.9.4 names v2.2.3, which the Go module proxy does not serve; the install manifests name this one too.
  "source-watcher": go(
    "flux-extra",
    "github.com/fluxcd/source-watcher/v2",
    "github.com/fluxcd/source-watcher/v2/cmd",
    { minutes: 0.1, megabytes: 5 },
  ),
  flux: go(
    "flux-cli",
    "github.com/fluxcd/flux2/v2",
    "./cmd/flux",
    { minutes: 1.8, megabytes: 20 },
    {
      ldflags: ["-X main.VERSION={bare-version}"],
    },
  ),
};

/** All part names in build order. */
export const partNames = Object.keys(parts) as readonly PartName[];

/** One row of the table of data. */
export interface Data {
  readonly module: ModuleName;
  /** Parts that are run to make the data, and therefore built with it. */
  readonly needs: readonly PartName[];
  /** Parts that are of little use without the data: building one of them makes the data too. */
  readonly comesWith: readonly PartName[];
  /** Raised by hand when the extraction itself changes, so that old data is not mistaken for new. */
  readonly revision: number;
}

const controllers: readonly PartName[] = [
  "source-controller",
  "kustomize-controller",
  "helm-controller",
  "notification-controller",
  "image-reflector-controller",
  "image-automation-controller",
  "source-watcher",
];

/** The table of data. */
export const data: Readonly<Record<DataName, Data>> = {
  "kwok-stages": { module: "kubernetes", needs: [], comesWith: ["kwok"], revision: 1 },
  crds: { module: "flux-cli", needs: [], comesWith: [...controllers, "flux"], revision: 1 },
  "flux-install": {
    module: "flux-cli",
    needs: ["kustomize", "yaml-judge"],
    comesWith: [...controllers, "flux"],
    revision: 2,
  },
};

/** All data names. */
export const dataNames = Object.keys(data) as readonly DataName[];

/** The controllers whose manifests and CRDs are extracted, in the order of `flux install`; the extra ones are optional. */
export const fluxComponents: readonly { readonly name: string; readonly extra: boolean }[] = [
  { name: "source-controller", extra: false },
  { name: "kustomize-controller", extra: false },
  { name: "helm-controller", extra: false },
  { name: "notification-controller", extra: false },
  { name: "image-reflector-controller", extra: true },
  { name: "image-automation-controller", extra: true },
  { name: "source-watcher", extra: true },
];

/** The Go module of a controller. */
export function componentModule(name: string): string {
  return `github.com/fluxcd/${name}${name === "source-watcher" ? "/v2" : ""}`;
}

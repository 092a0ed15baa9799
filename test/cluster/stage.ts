import {
  ensureNamespace,
  fluxKinds,
  type ClusterClient,
  type ExpectedKustomization,
  type WaitCluster,
} from "../../cluster/index.js";

/** The commit that is waited for, one that contains it, and one that came before. */
export const commits = {
  ours: "a".repeat(40),
  later: "b".repeat(40),
  before: "c".repeat(40),
} as const;

const at = (id: string): string => `main@sha1:${id}`;
const writer = { fieldManager: "test", force: true } as const;

/** One fleet in a Namespace of its own, whose controllers are the test. */
export class Stage {
  readonly client: ClusterClient;
  readonly namespace: string;
  readonly #expected: ExpectedKustomization[] = [];

  private constructor(client: ClusterClient, namespace: string) {
    this.client = client;
    this.namespace = namespace;
  }

  /** A Namespace with a source that has fetched {@link commits.ours}. */
  static async open(client: ClusterClient, namespace: string): Promise<Stage> {
    const stage = new Stage(client, namespace);
    await ensureNamespace(client, namespace);
    await client.apply(
      {
        ...fluxKinds.GitRepository,
        metadata: { name: "fleet", namespace },
        spec: { interval: "1m", url: "https://git.example.com/fleet", ref: { branch: "main" } },
      },
      writer,
    );
    await stage.fetched(commits.ours);
    return stage;
  }

  /** `namespace/name` of the fleet's source. */
  get source(): string {
    return `${this.namespace}/fleet`;
  }

  /** The cluster to wait for, with everything that is expected so far. */
  cluster(more: Partial<WaitCluster> = {}): WaitCluster {
    const { source } = this;
    return { name: "eu", client: this.client, kustomizations: this.#expected, source, ...more };
  }

  /** Expects a Kustomization without declaring it. */
  expect(name: string, more: Partial<ExpectedKustomization> = {}): void {
    this.#expected.push({
      namespace: this.namespace,
      name,
      appliedBy: `${this.namespace}/root`,
      ...more,
    });
  }

  /** Declares a Kustomization and expects it. */
  async declare(
    name: string,
    spec: object = {},
    more: Partial<ExpectedKustomization> = {},
  ): Promise<void> {
    this.expect(name, more);
    await this.apply(name, spec);
  }

  /** Declares a Kustomization, as its applier would. */
  async apply(name: string, spec: object = {}): Promise<void> {
    const sourceRef = { kind: "GitRepository", name: "fleet" };
    await this.client.apply(
      {
        ...fluxKinds.Kustomization,
        metadata: { name, namespace: this.namespace },
        spec: { interval: "10m", prune: true, path: "./x", sourceRef, ...spec },
      },
      writer,
    );
  }

  /** Reports success at a commit, as its controller would. */
  async applied(name: string, id: string): Promise<void> {
    await this.status("Kustomization", name, {
      lastAppliedRevision: at(id),
      lastAttemptedRevision: at(id),
      ready: ["True", "ReconciliationSucceeded", `Applied revision: ${at(id)}`],
    });
  }

  /** Reports a failure at a commit. */
  async failed(name: string, id: string, reason: string, message: string): Promise<void> {
    const ready = ["False", reason, message];
    await this.status("Kustomization", name, { lastAttemptedRevision: at(id), ready });
  }

  /** Reports that the source has fetched a commit. */
  async fetched(id: string): Promise<void> {
    const artifact = {
      revision: at(id),
      digest: `sha256:${"0".repeat(64)}`,
      lastUpdateTime: "2026-01-01T00:00:00Z",
      path: "x",
      url: "http://source/x",
    };
    await this.status("GitRepository", "fleet", { artifact, ready: ["True", "Succeeded", ""] });
  }

  /** Writes a status with one condition Ready. */
  async status(
    kind: "Kustomization" | "GitRepository",
    name: string,
    content: { readonly ready: readonly string[]; readonly [field: string]: unknown },
  ): Promise<void> {
    const ref = { ...fluxKinds[kind], namespace: this.namespace, name };
    const live = await this.client.get(ref);
    const generation = live?.metadata.generation;
    const [status, reason, message = ""] = content.ready;
    const condition = {
      type: "Ready",
      status,
      reason,
      message,
      lastTransitionTime: "2026-01-01T00:00:00Z",
      observedGeneration: generation,
    };
    const fields = Object.fromEntries(
      Object.entries(content).filter(([field]) => field !== "ready"),
    );
    const observed = status === "True" ? { observedGeneration: generation } : {};
    const patch = { status: { ...observed, ...fields, conditions: [condition] } };
    await this.client.patch(ref, patch, { fieldManager: "test", subresource: "status" });
  }
}

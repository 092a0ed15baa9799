import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent, type RequestOptions } from "node:https";
import type { Cluster, KubeConfig, User } from "@kubernetes/client-node";
import { execOf, withExecInfo } from "./exec-config.js";
import { safeMessage } from "./message.js";
import { clusterError, hasCode } from "./problems.js";

/** The way to one API server, as its kubeconfig says. */
export interface Endpoint {
  /** URL of the API server without user information and without a trailing slash. */
  readonly server: string;
  /**
   * SHA-256 in hex over server URL and certificate authority: it changes when the kubeconfig leads elsewhere, and holds
   * no secret.
   */
  readonly digest: string;
}

/** What one request needs to be accepted: an agent that holds certificates and connections, and headers. */
export interface Access {
  readonly server: string;
  readonly agent: HttpAgent;
  readonly headers: Readonly<Record<string, string>>;
}

/** How long credentials are used before the kubeconfig is asked again; a 401 asks at once. */
const askAgainAfterMs = 30_000;
/** How long an exec plugin may take. */
const credentialTimeoutMs = 30_000;

/**
 * A kubeconfig and the credentials that come out of it. `@kubernetes/client-node` reads it and runs its `exec` plugins;
 * it is loaded at first use, because that alone takes more than half a second.
 *
 * That library keeps what a plugin answered until `expirationTimestamp`, compares it with this machine's clock without
 * any margin, and runs the plugin for every single request when there is no such time. Therefore its answer is kept
 * here for half a minute, and {@link KubeconfigAccess.renew} starts from an empty cache after a 401.
 */
export class KubeconfigAccess {
  readonly #cluster: string;
  readonly #text: string;
  #config: Promise<KubeConfig> | undefined;
  #access: Promise<Access> | undefined;
  #askedAt = 0;
  #agent: { readonly key: string; readonly agent: HttpAgent } | undefined;

  constructor(cluster: string, text: string) {
    this.#cluster = cluster;
    this.#text = text;
  }

  /** Server and digest. Throws `CLUSTER_KUBECONFIG_INVALID`. */
  async endpoint(): Promise<Endpoint> {
    const { target } = selected(this.#cluster, await this.#load());
    const server = plainUrl(target.server);
    const authority = await this.#authority(target);
    const digest = createHash("sha256").update(`${server}\n${authority}`).digest("hex");
    return { server, digest };
  }

  /** Credentials for the next request. Throws `CLUSTER_KUBECONFIG_INVALID` or `CLUSTER_CREDENTIALS_FAILED`. */
  async access(): Promise<Access> {
    if (this.#access !== undefined && Date.now() - this.#askedAt < askAgainAfterMs) {
      return this.#access;
    }
    this.#askedAt = Date.now();
    const access = this.#ask();
    this.#access = access;
    access.catch(() => {
      if (this.#access === access) this.#access = undefined;
    });
    return access;
  }

  /**
   * New credentials after the API server refused `refused`. Several requests that were refused at once ask only once.
   */
  async renew(refused: Access): Promise<Access> {
    const current = await this.#access?.catch(() => undefined);
    if (current === undefined || current.headers.Authorization === refused.headers.Authorization) {
      this.#access = undefined;
      this.#config = undefined;
    }
    return this.access();
  }

  /** Closes kept connections. */
  close(): void {
    this.#agent?.agent.destroy();
    this.#agent = undefined;
    this.#access = undefined;
  }

  async #load(): Promise<KubeConfig> {
    this.#config ??= loadKubeconfig(this.#cluster, this.#text);
    return this.#config;
  }

  async #ask(): Promise<Access> {
    const config = await this.#load();
    const { target, user } = selected(this.#cluster, config);
    const options: RequestOptions = {};
    try {
      await within(credentialTimeoutMs, config.applyToHTTPSOptions(options));
    } catch (error) {
      throw this.#credentialProblem(user, error);
    }
    const headers = Object.fromEntries(
      Object.entries(options.headers ?? {}).flatMap(([name, value]) =>
        typeof value === "string" ? [[name, value] as const] : [],
      ),
    );
    if (typeof options.auth === "string") {
      headers.Authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
    }
    return { server: target.server, agent: this.#agentFor(target, options), headers };
  }

  /** One agent as long as certificates stay the same, so that connections are reused. */
  #agentFor(target: Cluster, options: RequestOptions): HttpAgent {
    const { ca, cert, key, rejectUnauthorized, servername } = options;
    const tls = { ca, cert, key, rejectUnauthorized, servername };
    const fingerprint = createHash("sha256").update(JSON.stringify(tls)).digest("hex");
    if (this.#agent?.key === fingerprint) return this.#agent.agent;
    this.#agent?.agent.destroy();
    const present = Object.fromEntries(
      Object.entries(tls).filter(([, value]) => value !== undefined),
    );
    const agent =
      target.proxyUrl !== undefined && options.agent instanceof HttpAgent
        ? options.agent
        : target.server.startsWith("https:")
          ? new HttpsAgent({ ...present, keepAlive: true, maxSockets: 16 })
          : new HttpAgent({ keepAlive: true, maxSockets: 16 });
    this.#agent = { key: fingerprint, agent };
    return agent;
  }

  async #authority(target: Cluster): Promise<string> {
    if (target.caData !== undefined) return target.caData.replace(/\s+/g, "");
    if (target.caFile === undefined) return target.skipTLSVerify ? "unverified" : "system";
    try {
      return (await readFile(target.caFile)).toString("base64");
    } catch {
      throw invalid(this.#cluster, "the file named by certificate-authority cannot be read");
    }
  }

  #credentialProblem(user: User, error: unknown): Error {
    if (hasCode(error, "CLUSTER_KUBECONFIG_INVALID")) return error;
    const command = execOf(user)?.command;
    const source = typeof command === "string" ? `the exec plugin "${command}"` : "the credentials";
    const said = safeMessage(error instanceof Error ? error.message : "");
    return clusterError(
      "CLUSTER_CREDENTIALS_FAILED",
      this.#cluster,
      `${source} of its kubeconfig failed${said === "" ? "" : `: ${said}`}.`,
      "Run the command on this machine, sign in again, or give a kubeconfig with other credentials.",
    );
  }
}

async function loadKubeconfig(cluster: string, text: string): Promise<KubeConfig> {
  if (text.trim() === "") throw invalid(cluster, "it is empty");
  const { KubeConfig: Config } = await import("@kubernetes/client-node");
  const config = new Config();
  try {
    config.loadFromString(text);
  } catch {
    // The parser's own message quotes the text, and with it keys and tokens.
    throw invalid(cluster, "it is not a YAML or JSON document with clusters, contexts and users");
  }
  const { target, user } = selected(cluster, config);
  const exec = execOf(user);
  if (exec !== undefined) {
    config.loadFromOptions({
      clusters: [target],
      users: [{ ...user, exec: withExecInfo(exec, target) }],
      contexts: config.getContexts(),
      currentContext: config.getCurrentContext(),
    });
  }
  return config;
}

function selected(cluster: string, config: KubeConfig): { target: Cluster; user: User } {
  const context = config.getContextObject(config.getCurrentContext());
  if (context === null) throw invalid(cluster, "current-context names no context in it");
  const target = config.getCluster(context.cluster);
  if (target === null) throw invalid(cluster, "its context names no cluster in it");
  // Without a user the library forgets the certificate authority as well.
  const user = config.getUser(context.user);
  if (user === null) throw invalid(cluster, "its context names no user in it");
  if (!URL.canParse(target.server) || !/^https?:/.test(target.server)) {
    throw invalid(cluster, "the server of its cluster is no https URL");
  }
  if (target.server.startsWith("http:") && !target.skipTLSVerify) {
    throw invalid(cluster, "its server is reached without TLS");
  }
  return { target, user };
}

function invalid(cluster: string, problem: string): Error {
  return clusterError(
    "CLUSTER_KUBECONFIG_INVALID",
    cluster,
    `its kubeconfig cannot be used: ${problem}.`,
    "Give the text of a kubeconfig whose current-context names a cluster with an https server, and a user.",
  );
}

function plainUrl(server: string): string {
  const url = new URL(server);
  url.username = "";
  url.password = "";
  return url.href.replace(/\/+$/, "");
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${milliseconds / 1000} seconds`));
    }, milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

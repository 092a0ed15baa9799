/** From a kubeconfig to an address and the credentials for it. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { at, isObject, type Json, type JsonObject } from "./values.js";

/** What one HTTPS request needs. */
export interface Access {
  readonly server: string;
  readonly namespace: string | undefined;
  readonly ca: string | undefined;
  readonly serverName: string | undefined;
  readonly insecure: boolean;
  /** Client certificate and bearer token; an `exec` plugin is asked again once its answer has expired. */
  readonly credentials: () => Promise<Credentials>;
}

/** One way to prove who asks. */
export interface Credentials {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly authorization?: string | undefined;
}

/** Reads a kubeconfig given as contents or as a path. @throws Error without quoting what it holds. */
export function readKubeconfig(source: string, contextName: string | undefined): Access {
  if (source === "") throw new Error("no kubeconfig was given");
  const isFile = !source.includes("\n") && existsSync(source);
  const folder = isFile ? path.dirname(path.resolve(source)) : undefined;
  let config: Json;
  try {
    config = parse(isFile ? readFileSync(source, "utf8") : source) as Json;
  } catch {
    throw new Error("the kubeconfig is not YAML");
  }
  const context = entry(config, "contexts", contextName ?? string(at(config, ["current-context"])));
  const cluster = entry(config, "clusters", string(context["cluster"]));
  const user = context["user"] === undefined ? {} : entry(config, "users", string(context["user"]));
  const server = string(cluster["server"]);
  if (server === undefined) throw new Error("the kubeconfig names no server");
  return {
    server: server.replace(/\/$/, ""),
    namespace: string(context["namespace"]),
    ca: material(cluster, "certificate-authority", folder),
    serverName: string(cluster["tls-server-name"]),
    insecure: cluster["insecure-skip-tls-verify"] === true,
    credentials: credentialsOf(user, folder),
  };
}

function credentialsOf(user: JsonObject, folder: string | undefined): () => Promise<Credentials> {
  const exec = user["exec"];
  if (isObject(exec)) return fromExec(exec);
  const token = string(user["token"]) ?? fileText(string(user["tokenFile"]), folder)?.trim();
  const name = string(user["username"]);
  const basic = `Basic ${Buffer.from(`${name}:${string(user["password"]) ?? ""}`).toString("base64")}`;
  const fixed: Credentials = {
    cert: material(user, "client-certificate", folder),
    key: material(user, "client-key", folder),
    authorization: token !== undefined ? `Bearer ${token}` : name === undefined ? undefined : basic,
  };
  return () => Promise.resolve(fixed);
}

/** The client-go credential plugin protocol, `client.authentication.k8s.io`. */
function fromExec(exec: JsonObject): () => Promise<Credentials> {
  let answer: { readonly credentials: Credentials; readonly expires: number } | undefined;
  return async () => {
    if (answer !== undefined && Date.now() < answer.expires) return answer.credentials;
    const status = at(JSON.parse(await runExec(exec)) as Json, ["status"]) ?? {};
    const token = string(at(status, ["token"]));
    const expires = string(at(status, ["expirationTimestamp"]));
    const credentials: Credentials = {
      cert: string(at(status, ["clientCertificateData"])),
      key: string(at(status, ["clientKeyData"])),
      authorization: token === undefined ? undefined : `Bearer ${token}`,
    };
    answer = { credentials, expires: expires === undefined ? Infinity : Date.parse(expires) };
    return credentials;
  };
}

function runExec(exec: JsonObject): Promise<string> {
  const command = string(exec["command"]) ?? "";
  const args = Array.isArray(exec["args"]) ? exec["args"].map(String) : [];
  const extra = Array.isArray(exec["env"]) ? exec["env"] : [];
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    KUBERNETES_EXEC_INFO: JSON.stringify({
      apiVersion: exec["apiVersion"] ?? null,
      kind: "ExecCredential",
      spec: { interactive: false },
    }),
  };
  for (const item of extra) env[string(at(item, ["name"])) ?? ""] = string(at(item, ["value"]));
  return new Promise((resolve, reject) => {
    execFile(command, args, { env, timeout: 30_000 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`the kubeconfig's exec plugin ${JSON.stringify(command)} failed`));
    });
  });
}

function entry(config: Json, list: string, name: string | undefined): JsonObject {
  const entries = at(config, [list]);
  const found = (Array.isArray(entries) ? entries : []).find((item) => at(item, ["name"]) === name);
  const inner = at(found, [list.slice(0, -1)]);
  if (!isObject(inner))
    throw new Error(`the kubeconfig has no ${list} entry ${JSON.stringify(name ?? "")}`);
  return inner;
}

function material(holder: JsonObject, key: string, folder: string | undefined): string | undefined {
  const data = string(holder[`${key}-data`]);
  if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
  return fileText(string(holder[key]), folder);
}

function fileText(file: string | undefined, folder: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  return readFileSync(folder === undefined ? file : path.resolve(folder, file), "utf8");
}

function string(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

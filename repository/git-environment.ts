import type { Remote } from "./remote.js";

// Nothing else of the caller's environment reaches git: no GIT_*, no EDITOR, no other secret.
const passedOn = [
  ...["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR"],
  ...["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"],
  ...["SystemRoot", "SYSTEMROOT", "PATHEXT", "USERPROFILE", "COMSPEC"],
];

/**
 * The whole environment of a git process: settings of machine and user are off, so are hooks,
 * prompts, credential helpers, redirects and every protocol but https, ssh and file.
 *
 * The credentials are in here, as one configuration value that git sends to the origin of the URL
 * only. Of git's ways this one leaks least: no argument, no file, no shell, no helper process.
 */
export function gitEnvironment(
  remote: Remote | undefined,
  places: { readonly gitDirectory?: string; readonly caFile?: string } = {},
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of passedOn) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  Object.assign(environment, {
    LC_ALL: "C",
    LANGUAGE: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ASKPASS: "",
    SSH_ASKPASS: "",
    GIT_SSH_COMMAND: "ssh -oBatchMode=yes -oConnectTimeout=15",
    GIT_ALLOW_PROTOCOL: "https:ssh:file",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_REPLACE_OBJECTS: "1",
  });
  if (places.gitDirectory !== undefined) environment["GIT_DIR"] = places.gitDirectory;
  const settings = [...fixedSettings, ...remoteSettings(remote, places.caFile)];
  environment["GIT_CONFIG_COUNT"] = String(settings.length);
  settings.forEach(([key, value], index) => {
    environment[`GIT_CONFIG_KEY_${String(index)}`] = key;
    environment[`GIT_CONFIG_VALUE_${String(index)}`] = value;
  });
  return environment;
}

/** Everything secret that a git process of this remote was given, in the forms it may print. */
export function secretsOf(remote: Remote | undefined): readonly string[] {
  const token = remote?.credentials?.token;
  return token === undefined ? [] : [token, basic(remote)];
}

type Setting = readonly [key: string, value: string];

const fixedSettings: readonly Setting[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.quotePath", "false"],
  ["credential.helper", ""],
  ["fetch.recurseSubmodules", "no"],
  ["gc.auto", "0"],
  ["http.followRedirects", "false"],
  ["http.lowSpeedLimit", "1"],
  ["http.lowSpeedTime", "30"],
  ["maintenance.auto", "false"],
  ["protocol.version", "2"],
  ["push.gpgSign", "false"],
  ["push.recurseSubmodules", "no"],
];

function remoteSettings(remote: Remote | undefined, caFile: string | undefined): Setting[] {
  if (remote === undefined) return [];
  const settings: Setting[] = [["remote.origin.url", remote.url]];
  if (caFile !== undefined) settings.push(["http.sslCAInfo", caFile]);
  if (remote.credentials !== undefined && remote.url.startsWith("https://")) {
    const origin = `${new URL(remote.url).origin}/`;
    settings.push([`http.${origin}.extraHeader`, `Authorization: Basic ${basic(remote)}`]);
  }
  return settings;
}

function basic(remote: Remote | undefined): string {
  const { username = "git", token = "" } = remote?.credentials ?? {};
  return Buffer.from(`${username}:${token}`, "utf8").toString("base64");
}

/** A format in which SOPS writes a file. */
export type TextFormat = "yaml" | "json" | "binary" | "dotenv" | "ini";

/** How a kustomization file uses a file or text. */
export type SourceUse =
  | "secret-file"
  | "secret-env"
  | "secret-literal"
  | "config-file"
  | "config-env"
  | "patch"
  | "old-patch"
  | "inline-patch";

/**
 * What kustomize-controller looks for in a file before the build, byte by byte. A quoted `mac` of
 * YAML and JSON without a blank after the colon do not have it.
 */
const markers: Readonly<Record<TextFormat, string>> = {
  yaml: "mac: ENC[",
  json: '"mac": "ENC[',
  binary: '"mac": "ENC[',
  dotenv: "sops_mac=ENC[",
  ini: "[sops]",
};

/** How the formats are called in messages. */
export const formatTitles: Readonly<Record<TextFormat, string>> = {
  yaml: "YAML",
  json: "JSON",
  binary: "binary",
  dotenv: "dotenv",
  ini: "INI",
};

/** Whether kustomize-controller sees that a text of this format is encrypted. */
export function isMarked(text: string, format: TextFormat): boolean {
  return text.includes(markers[format]);
}

/**
 * The format in which kustomize-controller reads a file that a kustomization file names; undefined
 * when it decrypts no such file at all.
 *
 * @param name - the key of `files`, otherwise the path
 */
export function expectedFormat(use: SourceUse, name: string): TextFormat | undefined {
  switch (use) {
    case "secret-file":
    case "patch":
      return formatOfName(name);
    case "secret-env": {
      const format = formatOfName(name);
      return format === "binary" ? "dotenv" : format;
    }
    case "secret-literal":
    case "config-file":
    case "config-env":
    case "old-patch":
    case "inline-patch":
      return undefined;
    default:
      return unreachable(use);
  }
}

function formatOfName(name: string): TextFormat {
  if (/\.ya?ml$/.test(name)) return "yaml";
  if (/\.json$|\.dockerconfigjson$/.test(name)) return "json";
  if (name.endsWith(".env")) return "dotenv";
  return name.endsWith(".ini") ? "ini" : "binary";
}

function unreachable(use: never): never {
  throw new TypeError(`unknown use ${String(use)}`);
}

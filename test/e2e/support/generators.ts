import assert from "node:assert/strict";
import { directoryReader } from "../../../components/fleet/hand-written/directories.js";
import { writtenSecrets } from "../../../components/fleet/hand-written/written-secrets.js";
import { sourceFindings } from "../../../graph/secrets/source-findings.js";
import { SopsDirectory } from "../../conformance/sops-cli.js";

/** `files` of the secretGenerator. */
export const secretEntries = [
  ...["values.yaml", "quoted.yaml", "settings.json", "compact.json", "settings.ini"],
  ...["settings.env", "tls.key=key.bin"],
] as const;

/** Files of every format as sops writes them, and two that a formatter has been at. */
export async function generatorFiles(recipient: string): Promise<Record<string, string>> {
  const sops = new SopsDirectory([]);
  try {
    const seal = async (name: string, plain: string): Promise<string> => {
      sops.write(name, plain);
      return sops.sops(["encrypt", "--age", recipient, name]);
    };
    const yaml = await seal("a.yaml", "a: plain\n");
    const json = await seal("a.json", '{"a": "plain"}');
    const env = await seal("a.env", "A=plain\n");
    const files = {
      ...{ "values.yaml": yaml, "config.yaml": yaml, "settings.json": json },
      ...{ "settings.env": env, "pairs.txt": env },
      "quoted.yaml": yaml.replace(/^( {4}mac: )(.*)$/m, '$1"$2"'),
      "compact.json": JSON.stringify(JSON.parse(json)),
      "settings.ini": await seal("a.ini", "[a]\nb = plain\n"),
      "key.bin": await seal("a.bin", "plain bytes"),
    };
    return Object.fromEntries(
      Object.entries(files).map(([name, text]) => [`deploy/${name}`, text]),
    );
  } finally {
    sops.remove();
  }
}

/** The kustomization file of these resources and of generators that read every file. */
export function generatorList(resources: readonly string[]): string {
  return [
    `resources: [${resources.join(", ")}]`,
    "generatorOptions: {disableNameSuffixHash: true}",
    "secretGenerator:",
    `- {name: generated, files: [${secretEntries.join(", ")}]}`,
    "- {name: pairs, envs: [pairs.txt]}",
    "configMapGenerator: [{name: config, files: [config.yaml]}]",
    "",
  ].join("\n");
}

/** What the graph says of each file that the generators read. */
export function predictions(texts: Readonly<Record<string, string>>): readonly string[] {
  const { sources } = directoryReader(new Map(Object.entries(texts)))("deploy");
  const applied = { part: "tenant", kustomization: "search/search", whole: [], sources };
  return writtenSecrets([], [applied], new Map()).map((secret) => {
    assert.ok(secret.kind === "source");
    const isSilent = sourceFindings(secret, true).length > 0;
    return `${secret.file.slice("deploy/".length)} ${isSilent ? "ciphertext" : "decrypted"}`;
  });
}

import type { Finding } from "../../errors.js";
import { mergedOverClusters } from "../cluster-findings.js";
import { decryptionFindings } from "./decryption-findings.js";
import { keyFindings } from "./key-findings.js";
import type { SecretCluster } from "./placed-secrets.js";
import { plainFindings } from "./plain-findings.js";
import type { Readers } from "./reader-findings.js";
import { readerFindings } from "./reader-findings.js";

/**
 * The findings about secrets as they are applied: what is not encrypted, what Flux would not decrypt,
 * with what it decrypts, and who else can read it.
 */
export function secretFindings(
  clusters: readonly SecretCluster[],
  readers: Readers,
): readonly Finding[] {
  return [
    ...mergedOverClusters(clusters, (cluster) => [
      ...plainFindings(cluster.secrets),
      ...decryptionFindings(cluster),
      ...keyFindings(cluster),
    ]),
    ...readerFindings(clusters, readers),
  ];
}

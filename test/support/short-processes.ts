/**
 * Added to the environment of the Pulumi CLI: its processes end before their litter matters, and
 * collecting it is a quarter of what a start costs.
 */
export const shortProcesses: Readonly<Record<string, string>> = {
  GOGC: "off",
  GOMEMLIMIT: "500MiB",
};

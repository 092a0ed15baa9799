import * as pulumi from "@pulumi/pulumi";
import { Fleet } from "pulumi-flux-fleet";
import type { GitCredentials } from "pulumi-flux-fleet";
import { acme } from "./fleet.js";

const config = new pulumi.Config();
/** A login, if the stack has a token of that name. */
function login(name: "gitPush" | "gitRead"): GitCredentials | undefined {
  const token = config.getSecret(`${name}Token`);
  const username = config.get(`${name}User`);
  return token && { token, username, ca: config.get("gitCa") };
}

const fleet = new Fleet(
  "acme",
  acme({
    repository: config.require("repository"),
    pushUrl: config.get("pushUrl"),
    push: login("gitPush"),
    read: login("gitRead"),
    kubeconfigs: {
      "eu-west-1": config.getSecret("kubeconfigEuWest1"),
      "eu-central-1": config.getSecret("kubeconfigEuCentral1"),
    },
    payments: {
      application: config.require("paymentsApplication"),
      interval: config.get("paymentsInterval") ?? "10m",
      password: config.getSecret("paymentsPassword"),
    },
    breakGlass: config.get("breakGlass"),
  }),
);

/** The commit that both clusters run. */
export const commit = fleet.commit;

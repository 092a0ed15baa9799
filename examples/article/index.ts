import * as pulumi from "@pulumi/pulumi";
import { Fleet } from "pulumi-flux-fleet";
import type { GitCredentials } from "pulumi-flux-fleet";
import { article } from "./fleet.js";
import type { Reach } from "./fleet.js";

const config = new pulumi.Config();
const ca = config.get("gitCa");

/** A login to the Git host. */
function login(name: "bot" | "paymentsBot"): GitCredentials {
  return { token: config.requireSecret(`${name}Token`), username: config.get(`${name}User`), ca };
}

/** A login that is not needed where the repository is public, or a folder. */
function optionalLogin(name: "gitPush" | "gitRead"): GitCredentials | undefined {
  const token = config.getSecret(`${name}Token`);
  return token && { token, username: config.get(`${name}User`), ca };
}

function reach(cluster: string): Reach {
  return {
    kubeconfig: config.getSecret(`kubeconfig${cluster}`),
    recipient: config.get(`recipient${cluster}`),
  };
}

const fleet = new Fleet(
  "acme",
  article({
    repository: config.require("repository"),
    pushUrl: config.get("pushUrl"),
    push: optionalLogin("gitPush"),
    read: optionalLogin("gitRead"),
    bot: login("bot"),
    botSigningKey: config.requireSecret("botSigningKey"),
    registry: {
      path: config.require("registry"),
      insecure: config.getBoolean("registryInsecure") ?? false,
    },
    clusters: {
      "eu-west-1": reach("EuWest1"),
      "europe-west1": reach("EuropeWest1"),
      "eu-central-1": reach("EuCentral1"),
    },
    database: {
      username: config.require("databaseUser"),
      password: config.requireSecret("databasePassword"),
    },
    payments: { application: config.require("paymentsApplication"), bot: login("paymentsBot") },
    appsInterval: config.get("appsInterval") ?? "60m",
    breakGlass: config.require("breakGlass"),
  }),
);

/** The commit that the clusters run. */
export const commit = fleet.commit;

import type { ProviderSpec } from "../../api/types/index.js";

type ProviderType = ProviderSpec["type"];

/** What a Provider cannot send anything without. */
export interface ProviderNeeds {
  /** An address, here or in its Secret. */
  readonly address?: true;
  /** What the channel is, where there must be one. */
  readonly channel?: string;
  /** A login: a Secret, or where `identity` says so the workload identity of a ServiceAccount. */
  readonly login?: true;
  /** Whether the cloud of the type knows its Pods, so that a login needs no Secret. */
  readonly identity?: true;
  /** Whether whoever knows the address may write: it is a credential itself. */
  readonly secretAddress?: true;
}

const webhook: ProviderNeeds = { address: true, secretAddress: true };
const gitHost: ProviderNeeds = { address: true, login: true };

/** By type, as notification-controller checks it when an event is to be sent, and not before. */
export const providerNeeds: Readonly<Record<ProviderType, ProviderNeeds>> = {
  slack: { address: true },
  discord: webhook,
  msteams: webhook,
  rocket: webhook,
  googlechat: webhook,
  lark: webhook,
  generic: { address: true },
  "generic-hmac": { address: true, login: true },
  github: gitHost,
  gitlab: gitHost,
  gitea: gitHost,
  bitbucket: gitHost,
  bitbucketserver: gitHost,
  azuredevops: { ...gitHost, identity: true },
  githubdispatch: gitHost,
  githubpullrequestcomment: gitHost,
  gitlabmergerequestcomment: gitHost,
  giteapullrequestcomment: gitHost,
  googlepubsub: { address: true, channel: "the id of the topic", identity: true },
  webex: { address: true, channel: "the id of the room", login: true },
  sentry: { ...webhook },
  azureeventhub: { address: true, identity: true },
  telegram: { channel: "the chat", login: true },
  matrix: { address: true, channel: "the id of the room", login: true },
  opsgenie: { address: true, login: true },
  alertmanager: { address: true },
  grafana: { address: true },
  pagerduty: { address: true, channel: "the integration key" },
  datadog: { address: true, login: true },
  nats: { address: true, channel: "the subject" },
  zulip: { address: true, channel: "the channel and topic, `<channel>/<topic>`", login: true },
  otel: { address: true },
};

const commitStatusTypes: ReadonlySet<string> = new Set<ProviderType>([
  ...(["github", "gitlab", "gitea", "bitbucket", "bitbucketserver", "azuredevops"] as const),
]);

/** Whether a Provider of this type gives commits a status. */
export function givesCommitStatus(type: ProviderType): boolean {
  return commitStatusTypes.has(type);
}

/** Whether a Provider of this type only answers to objects of a pull request, which the platform has none of. */
export function writesComments(type: ProviderType): boolean {
  return type.endsWith("requestcomment");
}

/** A CEL expression for a commit status that names the cluster first, so that each has its own. */
export function commitStatusOf(cluster: string): string {
  const object = ["kind", "namespace", "name"].map((field) => `event.involvedObject.${field}`);
  return `('${cluster}/' + ${object.join(" + '/' + ")}).lowerAscii()`;
}

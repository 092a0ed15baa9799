import type { FleetError } from "../errors.js";
import { safeMessage } from "./message.js";
import { describeObject, textAt, type ObjectRef } from "./objects.js";
import { clusterError } from "./problems.js";
import type { ApiAnswer, ApiRequest, ConnectionFailure } from "./transport.js";

/** What a request was about, for messages. */
export interface Subject {
  readonly cluster: string;
  readonly server: string;
  readonly object?: ObjectRef | undefined;
}

const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;

/** The error for a request that got no whole answer. */
export function connectionError(failure: ConnectionFailure, subject: Subject): FleetError {
  if (untrusted.test(failure.code) && !failure.code.includes("ALERT")) {
    return clusterError(
      "CLUSTER_CERTIFICATE_UNTRUSTED",
      subject.cluster,
      `the certificate of ${subject.server} is not trusted (${failure.code}).`,
      "Give the kubeconfig the certificate authority of this API server, and check that nothing else answers there.",
    );
  }
  if (failure.code.startsWith("ERR_OSSL")) {
    return clusterError(
      "CLUSTER_KUBECONFIG_INVALID",
      subject.cluster,
      `a certificate or key of its kubeconfig cannot be read (${failure.code}).`,
      "Give certificates and keys as PEM, in base64 in the fields that end in -data.",
    );
  }
  const why = connectionReasons[failure.code] ?? failure.code;
  return clusterError(
    "CLUSTER_UNREACHABLE",
    subject.cluster,
    `${subject.server} cannot be reached: ${why}.`,
    "Check network, VPN and the server in the kubeconfig; the other clusters are not affected.",
  );
}

const connectionReasons: Readonly<Record<string, string>> = {
  TIMEOUT: "no answer in time",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ENOTFOUND: "no such host name",
  EAI_AGAIN: "host names cannot be resolved now",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
};

/** The error for an answer that is not a success. */
export function answerError(answer: ApiAnswer, request: ApiRequest, subject: Subject): FleetError {
  const { cluster } = subject;
  const object = subject.object === undefined ? undefined : describeObject(subject.object);
  const said = statusMessage(answer, subject);
  switch (answer.status) {
    case 401:
      return clusterError(
        "CLUSTER_UNAUTHORIZED",
        cluster,
        `${subject.server} does not accept the credentials of its kubeconfig, also after asking for new ones.`,
        "Sign in again, or give a kubeconfig whose token or certificate is valid.",
      );
    case 403:
      return clusterError(
        "CLUSTER_FORBIDDEN",
        cluster,
        `a request was refused${said}.`,
        "Bind a role with this right to the user of the kubeconfig.",
        object,
      );
    case 404:
      return clusterError(
        "CLUSTER_OBJECT_MISSING",
        cluster,
        `it does not exist${said}.`,
        "Check that its Namespace and its kind are installed.",
        object,
      );
    case 409:
      return clusterError(
        "CLUSTER_CONFLICT",
        cluster,
        `it exists already or was changed meanwhile${said}.`,
        "Run up again.",
        object,
      );
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return clusterError(
        "CLUSTER_UNREACHABLE",
        cluster,
        `${subject.server} answers ${answer.status}${said}.`,
        "Wait until the API server is healthy and run up again; the other clusters are not affected.",
      );
    default:
      return clusterError(
        "CLUSTER_REQUEST_REFUSED",
        cluster,
        `${request.method} was answered with ${answer.status}${said}.`,
        "Change the object as the message says.",
        object,
      );
  }
}

/** The API server's own words; never for a Secret, whose values a validation message may quote. */
function statusMessage(answer: ApiAnswer, subject: Subject): string {
  if (subject.object?.kind === "Secret") return "";
  try {
    const message = textAt(JSON.parse(answer.body), "message");
    return message === undefined ? "" : `: ${safeMessage(message)}`;
  } catch {
    return "";
  }
}

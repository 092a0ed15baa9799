import { setTimeout as sleep } from "node:timers/promises";
import { answerError, connectionError, type Subject } from "./failures.js";
import type { Access, KubeconfigAccess } from "./kubeconfig.js";
import type { ObjectRef } from "./objects.js";
import { clusterError } from "./problems.js";
import { ConnectionFailure, send, type ApiAnswer, type ApiRequest } from "./transport.js";

/** Bounds of a single call. */
export interface CallLimits {
  /** For the whole call with all its tries, in milliseconds. */
  readonly timeoutMs: number;
  /** For one try, in milliseconds. */
  readonly attemptMs: number;
  /** Tries at most, the first one included. */
  readonly attempts: number;
}

/** Statuses with which an API server asks to come back, or says that something in front of it failed. */
const passing = new Set([429, 500, 502, 503, 504]);
const passingCodes = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "EPIPE",
  "ETIMEDOUT",
  "EAI_AGAIN",
  "TIMEOUT",
]);

/**
 * Sends a request and tries again, with growing and jittered pauses, when the fault may pass. A request that is not
 * idempotent (POST) is sent again only when it cannot have been carried out. A 401 renews the credentials once.
 */
export async function call(
  kubeconfig: KubeconfigAccess,
  cluster: string,
  request: ApiRequest,
  limits: CallLimits,
  about: { readonly object?: ObjectRef | undefined; readonly signal?: AbortSignal | undefined },
): Promise<ApiAnswer> {
  const deadline = Date.now() + limits.timeoutMs;
  let access: Access | undefined;
  let renewed = false;
  for (let attempt = 1; ; attempt++) {
    about.signal?.throwIfAborted();
    access ??= await kubeconfig.access();
    const subject: Subject = { cluster, server: plainServer(access), object: about.object };
    const left = deadline - Date.now();
    const time = Math.min(limits.attemptMs, left);
    const outcome = await send(access, request, time, about.signal).catch(
      (error: unknown) => error,
    );
    about.signal?.throwIfAborted();
    if (outcome instanceof ConnectionFailure) {
      if (!mayTryAgain(request, outcome) || attempt >= limits.attempts || time === left) {
        throw connectionError(outcome, subject);
      }
    } else if (!isAnswer(outcome)) {
      throw outcome;
    } else if (outcome.status === 401 && !renewed) {
      renewed = true;
      access = await kubeconfig.renew(access);
      continue;
    } else if (!passing.has(outcome.status) || !mayRepeat(request, outcome)) {
      return checked(outcome, request, subject);
    } else if (attempt >= limits.attempts) {
      throw answerError(outcome, request, subject);
    }
    const pause = pauseMs(attempt, isAnswer(outcome) ? outcome.retryAfterSeconds : undefined);
    if (Date.now() + pause >= deadline) {
      throw isAnswer(outcome)
        ? answerError(outcome, request, subject)
        : connectionError(outcome, subject);
    }
    await sleep(pause, undefined, about.signal && { signal: about.signal });
    access = undefined;
  }
}

function checked(answer: ApiAnswer, request: ApiRequest, subject: Subject): ApiAnswer {
  if (answer.status < 200 || answer.status >= 300) throw answerError(answer, request, subject);
  return answer;
}

function isAnswer(outcome: unknown): outcome is ApiAnswer {
  return typeof outcome === "object" && outcome !== null && "status" in outcome;
}

function mayTryAgain(request: ApiRequest, failure: ConnectionFailure): boolean {
  if (!passingCodes.has(failure.code)) return false;
  return request.method !== "POST" || !failure.sent;
}

function mayRepeat(request: ApiRequest, answer: ApiAnswer): boolean {
  return request.method !== "POST" || answer.status === 429 || answer.status === 503;
}

function pauseMs(attempt: number, retryAfterSeconds: number | undefined): number {
  const asked = Math.min(5_000, (retryAfterSeconds ?? 0) * 1_000);
  const grown = Math.min(2_000, 100 * 2 ** (attempt - 1));
  return Math.max(asked, grown) * (0.75 + Math.random() * 0.5);
}

function plainServer(access: Access): string {
  const url = new URL(access.server);
  return `${url.protocol}//${url.host}`;
}

/** Reads a JSON answer. Throws `CLUSTER_UNREACHABLE` when something else than an API server answered. */
export function parseAnswer(answer: ApiAnswer, cluster: string): unknown {
  try {
    return JSON.parse(answer.body) as unknown; // walked with `at`, never trusted as a shape
  } catch {
    throw clusterError(
      "CLUSTER_UNREACHABLE",
      cluster,
      "what answered at its address is no API server.",
      "Check the server in the kubeconfig, and any proxy in front of it.",
    );
  }
}

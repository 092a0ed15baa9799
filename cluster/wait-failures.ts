import type { ObjectState } from "./wait-judge.js";

/** How long failures are watched before they end the waiting for an object, in milliseconds. */
export interface FailurePatience {
  /** A definite failure has to last this long. */
  readonly definiteMs: number;
  /** A probable failure has to survive this many asked-for tries. */
  readonly tries: number;
  /** A probable failure whose tries nobody carries out has to last this long. */
  readonly probableMs: number;
  /** Pause before the first asked-for try; doubles with each. */
  readonly retryMs: number;
}

/** Five seconds for what is sure, two further tries or a minute for what is likely. */
export const defaultFailurePatience: FailurePatience = {
  definiteMs: 5_000,
  tries: 2,
  probableMs: 60_000,
  retryMs: 3_000,
};

/** What is remembered about a failing object between two looks. */
export interface FailureTrack {
  /** Reason and message without the parts that change with every try. */
  readonly key: string;
  /** Reason and message as they were. */
  readonly last: string;
  readonly since: number;
  /** When the last try was asked for, and what was asked. */
  readonly askedAt: number | undefined;
  readonly asked: string | undefined;
  /** Tries asked for that the controller has carried out. */
  readonly handled: number;
  readonly asks: number;
}

/** What follows from a look at a failing object. */
export interface FailureVerdict {
  readonly track: FailureTrack;
  readonly final: boolean;
  /** Whether a try should be asked for now. */
  readonly ask: boolean;
}

/**
 * Weighs a failure against what was seen before. `handledAt` is the object's `status.lastHandledReconcileAt`, which
 * repeats the value of the try that was carried out last.
 */
export function weighFailure(
  state: ObjectState & { kind: "failing" },
  before: FailureTrack | undefined,
  handledAt: string | undefined,
  now: number,
  patience: FailurePatience,
): FailureVerdict {
  const key = `${state.class} ${state.reason} ${state.message.replace(/\d+/g, "#")}`;
  const last = `${state.reason}: ${state.message}`;
  const none = { askedAt: undefined, asked: undefined, handled: 0, asks: 0 };
  let track: FailureTrack = before?.key === key ? before : { key, last, since: now, ...none };
  if (track.asked !== undefined && track.asked === handledAt) {
    track = { ...track, asked: undefined, handled: track.handled + 1 };
  }
  const lasted = now - track.since;
  const final =
    (state.class === "definite" && lasted >= patience.definiteMs) ||
    (state.class === "probable" &&
      (track.handled >= patience.tries || lasted >= patience.probableMs));
  const pause = Math.min(60_000, patience.retryMs * 2 ** track.asks);
  const due = now - (track.askedAt ?? track.since) >= pause;
  // A check that had its time would have it again.
  const isCheck = state.reason === "HealthCheckFailed" && state.class === "definite";
  return { track, final, ask: !final && due && !isCheck };
}

/** The track after a try was asked for with this value. */
export function withAsk(track: FailureTrack, asked: string | undefined, now: number): FailureTrack {
  return { ...track, asked, askedAt: now, asks: track.asks + 1 };
}

/** What a SOPS file says of itself beside its values. */
interface Envelope {
  /** Everybody who can open it, sorted. */
  readonly readers: readonly string[];
  /** The wrapped data key, as one text. */
  readonly wraps: string;
}

/**
 * How an encrypted object changes: names of keys and readers, never a value and never ciphertext, which
 * tells nobody anything. Undefined when neither of the two is encrypted.
 */
export function encryptedLines(before: unknown, after: unknown): readonly string[] | undefined {
  const [old, now] = [envelopeOf(before), envelopeOf(after)];
  if (old === undefined && now === undefined) return undefined;
  if (old === undefined) return [...keyLines(before, after, false), "is encrypted from now on"];
  if (now === undefined) return [...keyLines(before, after, false), "is encrypted no more"];
  const gone = old.readers.filter((reader) => !now.readers.includes(reader));
  const came = now.readers.filter((reader) => !old.readers.includes(reader));
  if (gone.length + came.length > 0) {
    const readers = [
      ...gone.map((one) => `- ${short(one)}`),
      ...came.map((one) => `+ ${short(one)}`),
    ];
    return [...keyLines(before, after, false), `is encrypted anew, readers: ${readers.join(", ")}`];
  }
  const lines = keyLines(before, after, true);
  return old.wraps === now.wraps ? lines : [...lines, "its data key is wrapped anew"];
}

/** Another data key changes every value, so that only keys that come and go are worth a line. */
function keyLines(before: unknown, after: unknown, isSameKey: boolean): readonly string[] {
  return (["data", "stringData"] as const).flatMap((field) => {
    const [old, now] = [valuesOf(before, field), valuesOf(after, field)];
    return [...new Set([...Object.keys(old), ...Object.keys(now)])].sort().flatMap((key) => {
      if (!Object.hasOwn(old, key)) return [`+ ${field}.${key}: (secret)`];
      if (!Object.hasOwn(now, key)) return [`- ${field}.${key}: (secret)`];
      return isSameKey && old[key] !== now[key] ? [`${field}.${key}: (secret) changes`] : [];
    });
  });
}

function valuesOf(object: unknown, field: string): Readonly<Record<string, unknown>> {
  const values = fields(object)[field];
  return fields(values);
}

function envelopeOf(object: unknown): Envelope | undefined {
  const sops = fields(fields(object)["sops"]);
  if (typeof sops["mac"] !== "string") return undefined;
  const { age } = sops;
  const wraps = Array.isArray(age) ? age.map(fields) : [];
  const readers = wraps.flatMap(({ recipient }) =>
    typeof recipient === "string" ? [recipient] : [],
  );
  return { readers: readers.sort(), wraps: JSON.stringify(wraps) };
}

/** A post-quantum recipient has two thousand characters. */
function short(recipient: string): string {
  return recipient.length > 70 ? `${recipient.slice(0, 24)}…` : recipient;
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  const isFields = typeof value === "object" && value !== null && !Array.isArray(value);
  return isFields ? (value as Readonly<Record<string, unknown>>) : {}; // an object of a parsed text
}

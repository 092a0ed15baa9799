/** What is remembered of one field that image automation may write. */
export interface RememberedMarker {
  /** The reference inside the marker: `namespace:name`, `namespace:name:tag`. */
  readonly marker: string;
  /** The value the program declared when the file was written. */
  readonly declared: string;
  /** The value that was written, when that is another: what image automation had chosen until then. */
  readonly written?: string;
}

/** Remembered markers of each file that has some, in the order of the file. */
export type MarkerRecord = Readonly<Record<string, readonly RememberedMarker[]>>;

/** The value a field had when its file was written. */
export function writtenValue({ declared, written }: RememberedMarker): string {
  return written ?? declared;
}

/**
 * Pairs fields with those of the same marker in another version of their file: the first with the first, the second with
 * the second. A field without a partner takes the last one of its marker, because image automation gives all the same value.
 */
export function partnersOf<Of extends { readonly marker: string }>(
  fields: readonly { readonly marker: string }[],
  others: readonly Of[],
): readonly (Of | undefined)[] {
  const byMarker = new Map<string, Of[]>();
  for (const other of others) {
    byMarker.set(other.marker, [...(byMarker.get(other.marker) ?? []), other]);
  }
  const seen = new Map<string, number>();
  return fields.map(({ marker }) => {
    const count = seen.get(marker) ?? 0;
    seen.set(marker, count + 1);
    const candidates = byMarker.get(marker);
    return candidates?.[count] ?? candidates?.at(-1);
  });
}

/** Reads the markers of an ownership file; a text says what is wrong with them. */
export function parseMarkerRecord(value: unknown): MarkerRecord | string {
  if (!isObject(value)) return "markers is not an object.";
  const record: Record<string, readonly RememberedMarker[]> = {};
  for (const [path, list] of Object.entries(value)) {
    const markers = Array.isArray(list) ? list.map(parseMarker) : [];
    const whole = markers.filter((marker) => marker !== undefined);
    if (whole.length === 0 || whole.length !== markers.length) {
      return `The markers of ${JSON.stringify(path)} cannot be read.`;
    }
    record[path] = whole;
  }
  return record;
}

function parseMarker(value: unknown): RememberedMarker | undefined {
  if (!isObject(value)) return undefined;
  const { marker, declared, written, ...rest } = value;
  if (typeof marker !== "string" || typeof declared !== "string") return undefined;
  if (Object.keys(rest).length > 0) return undefined;
  if (written === undefined) return { marker, declared };
  return typeof written === "string" ? { marker, declared, written } : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

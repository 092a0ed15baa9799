/** The few ASN.1 types a certificate is made of, in their one DER encoding (ITU-T X.690). */

/** One encoded value of any type. */
export type Der = Buffer;

function value(tag: number, content: Buffer): Der {
  const length = content.length;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), content]);
}

/** SEQUENCE of the given values. */
export function sequence(...items: readonly Der[]): Der {
  return value(0x30, Buffer.concat(items));
}

/** SET of one value; more would need sorting. */
export function setOf(item: Der): Der {
  return value(0x31, item);
}

/** INTEGER from an unsigned big-endian number. */
export function integer(bytes: Buffer): Der {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Buffer.from([0]) : bytes.subarray(first);
  const signed = (digits[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
  return value(0x02, signed);
}

/** BOOLEAN true; DER leaves out a false that is the default. */
export const yes: Der = value(0x01, Buffer.from([0xff]));

/** OBJECT IDENTIFIER from its dotted form. */
export function objectId(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const base128 = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) base128.unshift(0x80 | (left & 0x7f));
    return base128;
  });
  return value(0x06, Buffer.from(bytes));
}

/** UTF8String. */
export function text(content: string): Der {
  return value(0x0c, Buffer.from(content, "utf8"));
}

/** UTCTime, to the second; valid for the years 1950 to 2049. */
export function time(at: Date): Der {
  const stamp = at.toISOString().slice(2, 19).replace(/[-:T]/g, "");
  return value(0x17, Buffer.from(`${stamp}Z`, "ascii"));
}

/** OCTET STRING. */
export function octets(content: Buffer): Der {
  return value(0x04, content);
}

/** BIT STRING; `unused` is the number of bits of the last byte that do not count. */
export function bits(content: Buffer, unused = 0): Der {
  return value(0x03, Buffer.concat([Buffer.from([unused]), content]));
}

/** A context tag around whole values, as in `[0] EXPLICIT`. */
export function explicit(tag: number, content: Der): Der {
  return value(0xa0 | tag, content);
}

/** A context tag instead of the type's own, as in `[2] IMPLICIT`. */
export function implicit(tag: number, content: Buffer): Der {
  return value(0x80 | tag, content);
}

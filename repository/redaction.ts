/**
 * Returns a function that replaces every spelling of the given secrets in a text: as they are,
 * percent-encoded, and inside any base64 text whatever stands before them.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const spellings = [...new Set(secrets.filter((secret) => secret !== "").flatMap(spellingsOf))];
  spellings.sort((a, b) => b.length - a.length);
  return (text) => {
    const plain = spellings.reduce((current, each) => current.replaceAll(each, "[redacted]"), text);
    return plain.replace(/(authorization:\s*)(?!\[)\S[^\r\n]*/giu, "$1[redacted]");
  };
}

function spellingsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, "utf8");
  const base64 = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    // The characters that also hold bits of a neighbour differ from text to text.
    const first = offset === 0 ? 0 : offset + 1;
    const last = Math.floor(((offset + bytes.length) * 8) / 6);
    const inner = text.slice(first, last);
    return inner.length < 6 ? [] : [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [secret, encodeURIComponent(bytes.toString("utf8")), ...base64];
}

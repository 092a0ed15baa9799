/** Documents in which one string stands at every kind of place: value, item, key, at each nesting. */
export function documentsAround(text: string): object[] {
  return [
    {
      apiVersion: "v1",
      kind: "Hostile",
      value: text,
      list: [text, [text, [text]], { first: text, second: [text] }],
      map: own(text, text),
      keys: [
        own(text, own(text, [own(text, text)])),
        own(text, []),
        own(text, {}),
        own(text, null),
      ],
      tail: "end",
    },
    own(text, [own(text, text), "end"]),
  ];
}

/** An object with one own key, whatever the key: `{ ["__proto__"]: x }` would set the prototype. */
export function own(key: string, value: unknown): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  return map;
}

import { parseAllDocuments } from "yaml";

/** The values of the documents of a text; those that cannot be read are left out. */
export function documentValues(text: string): readonly unknown[] {
  return parseAllDocuments(text, { uniqueKeys: false }).flatMap((document): unknown[] => {
    if (document.errors.length > 0) return [];
    try {
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      return [value];
    } catch {
      return []; // aliases of aliases
    }
  });
}

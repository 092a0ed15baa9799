/**
 * Pulumi's wire format for property values: plain JSON with marks for secret and unknown values.
 * Inside the provider a value is plain; its marks are kept beside it as paths.
 */
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb.js";

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
/** A JSON object. */
export type JsonObject = { [key: string]: Json };
/** Keys from the root of a value down to a part of it. */
export type Path = readonly string[];

/** A property bag without marks, and where its marks were. */
export interface Properties {
  readonly value: JsonObject;
  /** Paths of what must stay encrypted. */
  readonly secrets: readonly Path[];
  /** Whether anything in it is not known yet (a preview). */
  readonly unknown: boolean;
}

const mark = "4dabf18193072939515e22adb298388d";
const secretMark = "1b47061264138c4ac30d75fd1eb44270";
const unknowns: ReadonlySet<string> = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Whether a value is a JSON object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The part of a value at a path, `undefined` where there is none. */
export function at(value: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((part, key) => {
    if (Array.isArray(part)) return part[Number(key)];
    return isObject(part) ? part[key] : undefined;
  }, value);
}

/** The text at a path, empty where there is none. */
export function textAt(value: Json | undefined, path: Path): string {
  const found = at(value, path);
  return typeof found === "string" ? found : "";
}

/** Takes the marks off a property bag. */
export function decode(bag: Struct | undefined): Properties {
  const secrets: Path[] = [];
  let unknown = false;
  const strip = (value: Json, path: Path): Json => {
    if (typeof value === "string") unknown ||= unknowns.has(value);
    if (Array.isArray(value)) return value.map((item, index) => strip(item, [...path, `${index}`]));
    if (!isObject(value)) return value;
    if (value[mark] === secretMark) {
      secrets.push(path);
      return strip(value["value"] ?? null, path);
    }
    const kept = Object.entries(value).filter(([, item]) => item !== null);
    return Object.fromEntries(kept.map(([key, item]) => [key, strip(item, [...path, key])]));
  };
  const value = strip(bag?.toJavaScript() ?? {}, []);
  return { value: isObject(value) ? value : {}, secrets, unknown };
}

/** Puts the secret marks back on; a path that is missing in the value marks its nearest parent below the root. */
export function encode(value: JsonObject, secrets: readonly Path[]): Struct {
  const marked = new Set(
    secrets
      .map((path) => nearest(value, path))
      .filter((path) => path.length > 0)
      .map((path) => path.join("\0")),
  );
  const wrap = (part: Json, path: Path): Json => {
    if (marked.has(path.join("\0")) && path.length > 0) return { [mark]: secretMark, value: part };
    if (Array.isArray(part)) return part.map((item, index) => wrap(item, [...path, `${index}`]));
    if (!isObject(part)) return part;
    return Object.fromEntries(
      Object.entries(part).map(([key, item]) => [key, wrap(item, [...path, key])]),
    );
  };
  return Struct.fromJavaScript(wrap(value, []) as { [key: string]: JavaScriptValue });
}

function nearest(value: JsonObject, path: Path): Path {
  for (let length = path.length; length > 0; length -= 1) {
    const candidate = path.slice(0, length);
    if (at(value, candidate) !== undefined) return candidate;
  }
  return [];
}

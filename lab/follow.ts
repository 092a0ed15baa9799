import { isAborted, pause } from "./pause.js";
import type { ApiClient, ApiList, ApiObject } from "./api-client.js";

/** What happens to the objects of one collection. */
export interface Follower {
  /** The object is new or changed. */
  readonly changed: (object: ApiObject) => void;
  /** The object no longer exists; the last known form is given. */
  readonly gone: (object: ApiObject) => void;
}

const retryMs = 200;

/**
 * Lists a collection and watches it until `signal` aborts, through outages of the API server: whatever
 * happened meanwhile is told after the next list.
 */
export async function follow(
  client: ApiClient,
  collection: string,
  follower: Follower,
  signal: AbortSignal,
): Promise<void> {
  const known = new Map<string, ApiObject>();
  const put = (object: ApiObject): void => {
    const uid = object.metadata.uid ?? "";
    if (known.get(uid)?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    known.set(uid, object);
    follower.changed(object);
  };
  const drop = (object: ApiObject): void => {
    if (known.delete(object.metadata.uid ?? "")) follower.gone(object);
  };
  while (!signal.aborted) {
    try {
      const list = await client.get<ApiList>(collection);
      if (isAborted(signal)) return;
      const listed = new Set(list.items.map(({ metadata }) => metadata.uid ?? ""));
      for (const [uid, object] of [...known]) if (!listed.has(uid)) drop(object);
      list.items.forEach(put);
      const version = list.metadata.resourceVersion ?? "0";
      await client.watch(
        `${collection}?watch=true&resourceVersion=${version}`,
        ({ type, object }) => {
          if (type === "ADDED" || type === "MODIFIED") put(object);
          else if (type === "DELETED") drop(object);
        },
        signal,
      );
    } catch {
      // The API server is away or the version is too old; list again.
    }
    await pause(retryMs, signal);
  }
}

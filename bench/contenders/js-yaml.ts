import { dump } from "js-yaml";
import type { Contender } from "../contender.js";

/** Plain objects and `js-yaml`, without the search for aliases, which costs it time. */
export const contender: Contender = ({ files }) => {
  const given = files();
  return () =>
    given.map(({ path, objects }) => ({
      path,
      text: objects.map((object) => dump(object, { noRefs: true })).join("---\n"),
    }));
};

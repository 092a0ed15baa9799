import { dump } from "js-yaml";
import type { Contender } from "../contender.js";

/** Plain objects and `js-yaml` as it comes. */
export const contender: Contender = ({ files }) => {
  const given = files();
  return () =>
    given.map(({ path, objects }) => ({
      path,
      text: objects.map((object) => dump(object)).join("---\n"),
    }));
};

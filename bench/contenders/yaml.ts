import { stringify } from "yaml";
import type { Contender } from "../contender.js";

/** Plain objects and `yaml` as it comes. */
export const contender: Contender = ({ files }) => {
  const given = files();
  return () =>
    given.map(({ path, objects }) => ({
      path,
      text: objects.map((object) => stringify(object)).join("---\n"),
    }));
};

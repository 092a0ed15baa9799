import type { Contender } from "../contender.js";

/** The least that it takes to turn objects into texts: no checks, no YAML. */
export const contender: Contender = ({ files }) => {
  const given = files();
  return () =>
    given.map(({ path, objects }) => ({
      path,
      text: objects.map((object) => JSON.stringify(object)).join("\n---\n") + "\n",
    }));
};

import { printYaml } from "../../manifests/index.js";
import type { Contender } from "../contender.js";

/** What printing costs of all that rendering is. */
export const contender: Contender = ({ files }) => {
  const given = files();
  return () => given.map(({ path, objects }) => ({ path, text: printYaml(objects) }));
};

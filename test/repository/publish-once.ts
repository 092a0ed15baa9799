// Started by the tests as a process of its own, to be killed: publishes once and prints the commit.
import { publish } from "../../repository/index.js";
import type { Declaration, Remote } from "../../repository/index.js";

const { remote, declaration } = JSON.parse(process.argv[2] ?? "{}") as {
  remote: Remote;
  declaration: Declaration;
};

void publish(remote, declaration.owner, declaration).then(({ commit }) => {
  process.stdout.write(`${commit}\n`);
});

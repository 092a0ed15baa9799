import { resolve } from "node:path";
import { describe } from "node:test";

// Runs test files one after the other in this process. Each is a suite of its own, so that its
// hooks are not those of the others; the reporter tells them apart by the suite's name.
for (const file of process.argv.slice(2)) {
  describe(file, () => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the suite takes only what is declared before it returns
    require(resolve(file));
  });
}

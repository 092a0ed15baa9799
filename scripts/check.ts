import { buildLibrary, runCheck } from "./check-steps.js";
import { endOnSignal } from "./processes.js";
import { Tally } from "./tally.js";

// `npm run check`: everything that needs neither a lab nor a built part.
endOnSignal();
const tally = new Tally();
void runCheck(tally, buildLibrary(tally)).then(() => {
  process.exitCode = tally.close();
});

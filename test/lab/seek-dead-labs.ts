// Started by a test: looks for dead labs without a pause and waits to be killed.
import { removeDeadLabs } from "../../lab/state.js";

console.log("seeking");
for (;;) removeDeadLabs();

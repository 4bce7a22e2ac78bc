import { ensureConsole } from "../bin/console.mjs";

/** Before tests that walk through the doors: the console that the server gives is there. */
export default ensureConsole;

/** A token before its number: the page isolates it in the same way. */
export { isolated as leftToRight } from "../format.ts";

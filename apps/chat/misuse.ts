/** A mistake of the user: told, with what to do, and with no more ado. */
export class Misuse extends Error {}

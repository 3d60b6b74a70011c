/** What is wrong with one line of a script. */
export class LineMistake extends Error {}

/** Why a script did not go as it says, and what was there instead. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly shown: readonly string[],
  ) {
    super(message);
  }
}

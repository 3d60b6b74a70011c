/** The store is open elsewhere: in another process, in another tab. */
export class StoreInUseError extends Error {
  override readonly name = 'StoreInUseError';
}

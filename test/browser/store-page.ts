/** What the page of the store's specs offers to them. Values cross as JSON. */
export interface StorePage {
  /** A case of the contract, by its place in the list, on a fresh store; resolves to what it observed. */
  observe(kind: 'memory' | 'indexed-db', index: number): Promise<unknown>;
  /** Resolves to the name of the error that kept it from opening, or null. The page has one store at a time. */
  open(name: string, waitMs?: number): Promise<string | null>;
  close(): Promise<void>;
  commit(changes: Readonly<Record<string, string | number | null>>): Promise<string | null>;
  load(): Promise<[string, unknown][]>;
  /** Resolves to the name of the error, or null. */
  delete(name: string): Promise<string | null>;
  databases(): Promise<string[]>;
  /** Commits 1, 2, 3, ... for ever, each under two keys, and tells `stored` of each that is stored. */
  commitForEver(): Promise<never>;
}

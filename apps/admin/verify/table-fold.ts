/** What a read model's table must hold, as one query over the scratch tables, and how to compare it. */
export interface Column {
  readonly name: string;
  readonly type: 'uuid' | 'bigint' | 'integer' | 'text';
  /** Holds what people wrote, or a secret: an MD5 of it is compared and shown. `type` is uuid then. */
  readonly isHidden?: true;
  /** What stands in the live table, as this type; the column itself unless given. */
  readonly live?: string;
}

export interface TableFold {
  readonly table: string;
  readonly key: readonly Column[];
  readonly columns: readonly Column[];
  /**
   * A query that selects the key's and the other columns by name. It may read `e` (events), `r` (requests), `n` (entries) and `p`
   * (positions), each up to where the tables have folded.
   */
  readonly expected: string;
  /** Rows that the streams cannot tell of any more: a condition on `t`, a live row, and `g`, a row of `gaps`. */
  readonly isErased?: string;
  /** Of these, which decide a row: a condition on `s`, one of the scratch tables, and `k`, a row of the key. */
  readonly decidedBy: { readonly from: 'e' | 'r' | 'n'; readonly where: string };
}

/** The tables of a projection, which must be told of each version that may be live. */
export interface ProjectionFold {
  readonly projection: string;
  readonly version: number;
  readonly family: 'CHAT' | 'RECEIPT' | 'ACCOUNT' | 'USER';
  readonly tables: readonly TableFold[];
}

/** `chat_id uuid, title hidden`: of columns that are hidden the type is not told. */
export const columns = (list: string): readonly Column[] =>
  list.split(', ').map((one) => {
    const [name = '', type = ''] = one.split(' ');
    return type === 'hidden'
      ? { name, type: 'uuid', isHidden: true, live: `md5("${name}"::text)::uuid` }
      : { name, type: type as Column['type'] };
  });

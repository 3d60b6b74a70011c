import { compareAudited, type Audited } from './audited.js';

interface Open {
  readonly source: AsyncGenerator<Audited>;
  head: Audited;
}

/** Several accounts, each in order, as one in the order of time: no more than one fact of each is held beside its page. */
export async function* merged(sources: readonly AsyncGenerator<Audited>[]): AsyncGenerator<Audited> {
  const opened = await Promise.all(sources.map((source) => openedAt(source)));
  const open = opened.filter((one) => one !== null);
  try {
    while (open.length > 0) {
      const first = open.reduce((least, one) => (compareHeads(one, least) < 0 ? one : least));
      yield first.head;
      const { done, value } = await first.source.next();
      if (done) open.splice(open.indexOf(first), 1);
      else first.head = value;
    }
  } finally {
    await Promise.allSettled(sources.map((source) => source.return(undefined)));
  }
}

async function openedAt(source: AsyncGenerator<Audited>): Promise<Open | null> {
  const { done, value } = await source.next();
  return done ? null : { source, head: value };
}

const compareHeads = (a: Open, b: Open): number => compareAudited(a.head, b.head);

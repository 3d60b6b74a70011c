/** Events of chats by their numbers. */
import { sql, type Kysely } from 'kysely';
import type { ChatEvent } from '#domain/chat/events.js';
import { loggedEvent } from './logged-event.js';
import type { ChatsTables } from './rows.js';

export interface EventPlace {
  readonly chat_id: string;
  readonly chat_pts: number;
}

export interface EventsFound {
  /** In the order asked; null where the table has none there: not folded yet, or of a deleted message. */
  readonly events: readonly (ChatEvent | null)[];
  /** So many of the first places were looked at before the bytes were full; at least one. */
  readonly looked: number;
}

interface FoundRow {
  readonly place: number;
  readonly event: unknown;
  readonly bytes_before: number;
}

/** Texts are as long as people make them: no more than `bytes_max` of them, and one event, leave the server. */
export async function eventsIn(
  tables: Kysely<ChatsTables>,
  asked: readonly EventPlace[],
  bytes_max: number,
): Promise<EventsFound> {
  const events: (ChatEvent | null)[] = asked.map(() => null);
  if (asked.length === 0) return { events, looked: 0 };
  const places = asked.map((one, place) => ({ ...one, place }));
  const rows = await foundRows(tables, places, bytes_max).execute();
  const cut = rows.find(({ bytes_before }) => bytes_before >= bytes_max);
  for (const { place, event } of rows) events[place] = event === null ? null : loggedEvent(event);
  return { events, looked: cut?.place ?? asked.length };
}

/** One index scan a place, whatever the planner thinks of their number. */
function foundRows(
  tables: Kysely<ChatsTables>,
  places: readonly (EventPlace & { readonly place: number })[],
  bytesMax: number,
) {
  const given = sql<EventPlace & { place: number }>`json_to_recordset(${JSON.stringify(places)}::json)`;
  const columns = sql`p(chat_id uuid, chat_pts bigint, place integer)`;
  const before = sql<number>`sum(octet_length(e.event::text)) over (order by p.place)
    - octet_length(e.event::text)`;
  return tables
    .with('sized', (db) =>
      db
        .selectFrom(given.as<'p'>(columns))
        .innerJoinLateral(
          (inner) =>
            inner
              .selectFrom('chat_log as l')
              .select('l.event')
              .whereRef('l.chat_id', '=', 'p.chat_id')
              .whereRef('l.chat_pts', '=', 'p.chat_pts')
              .offset(0)
              .as('e'),
          (join) => join.onTrue(),
        )
        .select(['p.place', 'e.event', before.as('bytes_before')]),
    )
    .selectFrom('sized')
    .select(['place', 'bytes_before'])
    .select(sql<FoundRow['event']>`case when bytes_before < ${bytesMax} then event end`.as('event'))
    .orderBy('place');
}

/**
 * What is wrong with the streams themselves: messages that cannot be read, numbers that are missing without a deletion that
 * accounts for them, users' logs with holes, and hashes that do not follow from what stands before them.
 */
import type pg from 'pg';

const shown_damage_max = 10;

export interface Damage {
  readonly stream: string;
  readonly sequence: number;
  readonly what: string;
}

export interface FoundDamage {
  readonly count: number;
  /** Some of it, by place. */
  readonly first: readonly Damage[];
}

/** In all that was loaded: whole streams, or what stands in them of some aggregates. */
export async function findDamage(
  client: pg.ClientBase,
  scratch: string,
  loaded: 'streams' | 'aggregates',
): Promise<FoundDamage> {
  const whole = loaded === 'streams' ? [missingMessages] : [];
  const checks = [unreadable, ...whole, chatNumbers, messageNumbers, userLogs].map((check) => check(scratch));
  const { rows } = await client.query<Damage & { total: string }>(
    `select stream, sequence::float8 as sequence, what, count(*) over () as total
     from (${checks.map((check) => `(${check})`).join(' union all ')}) damage
     order by stream, damage.sequence limit ${shown_damage_max}`,
  );
  const first = rows.map(({ stream, sequence, what }) => ({ stream, sequence, what }));
  return { count: Number(rows[0]?.total ?? 0), first };
}

const unreadable = (scratch: string): string =>
  `select stream, sequence, 'cannot be read: ' || what as what from ${scratch}.unreadable`;

/**
 * Of CHAT what was erased may be missing: at most as many messages as there are numbers that deletions account for. Of
 * ACCOUNT and RECEIPT none may. Of USER a new epoch takes messages away; that each log is whole is looked at below.
 */
const missingMessages = (scratch: string): string => `
  with missing as (
    select stream, min(first) as sequence, sum(last - first + 1) as count from ${scratch}.gaps
    where stream not like 'USER%' group by stream
  ), erased as (
    select stream, count(*) as count from (${missingNumbers(scratch, 'accounted for')}) m group by stream
  )
  select m.stream, m.sequence,
    (m.count - coalesce(e.count, 0)) || ' of ' || m.count || ' missing messages are of no deleted message'
  from missing m left join erased e using (stream) where m.count > coalesce(e.count, 0)`;

const chatNumbers = (scratch: string): string => `
  select stream, sequence, 'chat ' || aggregate_id || ': event ' || number || ' is missing before this'
  from (${missingNumbers(scratch, 'not accounted for')}) m
  union all
  select stream, sequence, 'chat ' || aggregate_id || ': event ' || chat_pts || ' follows ' || before
  from (${numberedEvents(scratch)}) e where chat_pts <= before`;

/** Of every message something tells to the last: its sending, an edit or its deletion. */
const messageNumbers = (scratch: string): string => `
  with told as (
    select min(stream) as stream, min(sequence) as sequence, aggregate_id, about_seq,
      lag(about_seq, 1, 0::bigint) over (partition by aggregate_id order by about_seq) as before
    from ${scratch}.events where type in ('MessageSent', 'MessageEdited', 'Tombstoned')
    group by aggregate_id, about_seq
  )
  select stream, sequence, 'chat ' || aggregate_id || ': message ' || number || ' is missing before this'
  from told, generate_series(before + 1, about_seq - 1) number`;

const numberedEvents = (scratch: string): string => `
  select stream, sequence, aggregate_id, chat_pts,
    lag(chat_pts, 1, 0::bigint) over (partition by aggregate_id order by sequence, index) as before
  from ${scratch}.events where root = 'chat'`;

/**
 * Those that deletions account for, or the others: a number from a deleted message's sending to its deletion may be of its
 * sending, or of an edit.
 */
const missingNumbers = (scratch: string, are: 'accounted for' | 'not accounted for'): string => `
  select stream, sequence, aggregate_id, number from (
    select stream, sequence, aggregate_id, number
    from (${numberedEvents(scratch)}) e, generate_series(before + 1, chat_pts - 1) number
    where chat_pts > before + 1
  ) m where ${are === 'accounted for' ? '' : 'not'} exists (
    select from ${scratch}.events t where t.type = 'Tombstoned' and t.aggregate_id = m.aggregate_id
      and number >= (t.data->>'sent_chat_pts')::bigint and number < t.chat_pts
  )`;

/** Before the first entry: 32 zero bytes. */
const no_hash = 'A'.repeat(43);

const userLogs = (scratch: string): string => `
  with linked as (
    select *, lag(pts, 1, 0::bigint) over log as before, lag(hash, 1, '${no_hash}') over log as hash_before
    from ${scratch}.entries window log as (partition by user_id order by sequence)
  )
  select stream, sequence, 'user ' || user_id || ': entry ' || pts || ' follows ' || before
  from linked where pts <> before + 1
  union all
  select stream, sequence, 'user ' || user_id || ': the hash of entry ' || pts || ' does not follow'
  from linked where pts = before + 1 and hash is distinct from ${entryHash}`;

/**
 * SHA-256 over the 32 bytes of the hash before and the canonical JSON of [pts, kind, date_ms, chat_id, chat_pts, seq, values,
 * commitment], absent fields as null, the fields of `values` by name, lists of numbers without spaces; in base64url.
 */
const entryHash = `
  case when hash_before ~ '^[A-Za-z0-9_-]{43}$' then
    translate(rtrim(encode(sha256(
      decode(translate(hash_before, '-_', '+/') || '=', 'base64') || convert_to('[' || concat_ws(',',
        pts, to_json(kind), date_ms, coalesce(to_json(chat_id)::text, 'null'), coalesce(chat_pts::text, 'null'),
        coalesce(seq::text, 'null'), case when "values" is null then 'null' else (
          select '{' || coalesce(string_agg(to_json(key)::text || ':' || replace(value::text, ', ', ','), ',' order by key collate "C"), '') || '}'
          from jsonb_each("values")
        ) end, coalesce(to_json(commitment)::text, 'null')) || ']', 'UTF8')
    ), 'base64'), '='), '+/', '-_')
  end`;

/** Accounts, devices, blocks, contacts, what is hidden, and how far each device has come. */
import { columns, type ProjectionFold } from './table-fold.js';

/** Of each user, the first or the last event of a type. */
const foremost = (type: string, order: 'asc' | 'desc'): string => `
  select distinct on (data->>'user_id') data->>'user_id' as user_id, data, occurred_at_ms
  from e where type = '${type}' order by data->>'user_id', sequence ${order}, index ${order}`;

export const accountsFold: ProjectionFold = {
  projection: 'accounts',
  version: 1,
  family: 'ACCOUNT',
  tables: [
    {
      table: 'accounts',
      key: columns('user_id uuid'),
      columns: columns(
        'display_name hidden, phone_hash hidden, registered_at_ms bigint, about hidden, last_seen text',
      ),
      // Registered once; of what may change, the last word counts.
      expected: `
        select r.data->>'user_id' as user_id, coalesce(p.data, r.data)->>'display_name' as display_name,
          r.data->>'phone_hash' as phone_hash, r.occurred_at_ms as registered_at_ms, p.data->>'about' as about,
          coalesce(v.data->'privacy'->>'last_seen', 'everybody') as last_seen
        from (${foremost('UserRegistered', 'asc')}) r
        left join (${foremost('ProfileChanged', 'desc')}) p on p.user_id = r.user_id
        left join (${foremost('PrivacyChanged', 'desc')}) v on v.user_id = r.user_id`,
      decidedBy: {
        from: 'e',
        where: `s.type in ('UserRegistered', 'ProfileChanged', 'PrivacyChanged')
          and s.data->>'user_id' = k.user_id::text`,
      },
    },
    {
      table: 'devices',
      key: columns('user_id uuid, device_id uuid'),
      columns: columns(
        'name hidden, type text, added_at_ms bigint, revoked_at_ms bigint, ' + 'revoked_reason text',
      ),
      // Signed in last, and then signed out first: a device may come again under its id.
      expected: `
        with added as (
          select distinct on (data->>'user_id', data->'device'->>'device_id') data->>'user_id' as user_id,
            data->'device'->>'device_id' as device_id, data->'device' as d,
            (data->'device'->>'added_at_ms')::bigint as added_at_ms, sequence, index
          from e where type = 'DeviceAdded'
          order by data->>'user_id', data->'device'->>'device_id',
            (data->'device'->>'added_at_ms')::bigint desc, sequence, index
        ), revoked as (
          select distinct on (a.user_id, a.device_id) a.user_id, a.device_id, e.occurred_at_ms as revoked_at_ms,
            e.data->>'reason' as revoked_reason
          from added a join e on e.type = 'DeviceRevoked' and e.data->>'user_id' = a.user_id
            and e.data->>'device_id' = a.device_id and (e.sequence, e.index) > (a.sequence, a.index)
            and e.occurred_at_ms >= a.added_at_ms
          order by a.user_id, a.device_id, e.sequence, e.index
        )
        select user_id, device_id, d->>'name' as name, d->>'type' as type, added_at_ms, revoked_at_ms, revoked_reason
        from added left join revoked using (user_id, device_id)`,
      decidedBy: {
        from: 'e',
        where: `s.data->>'user_id' = k.user_id::text
          and coalesce(s.data->'device'->>'device_id', s.data->>'device_id') = k.device_id::text`,
      },
    },
    {
      table: 'sign_in_failures',
      key: columns('user_id uuid, at_ms bigint'),
      columns: columns('cause text, network_hash text'),
      expected: `
        select distinct on (data->>'user_id', occurred_at_ms) data->>'user_id' as user_id, occurred_at_ms as at_ms,
          data->>'cause' as cause, data->>'network_hash' as network_hash
        from e where type = 'SignInFailed' order by data->>'user_id', occurred_at_ms, sequence desc, index desc`,
      decidedBy: {
        from: 'e',
        where: `s.type = 'SignInFailed' and s.data->>'user_id' = k.user_id::text and s.occurred_at_ms = k.at_ms`,
      },
    },
    {
      table: 'blocks',
      key: columns('user_id uuid, other_id uuid'),
      columns: columns('blocked_at_ms bigint'),
      // The last word counts.
      expected: `
        select user_id, other_id, blocked_at_ms from (
          select distinct on (data->>'user_id', data->>'other_id') data->>'user_id' as user_id,
            data->>'other_id' as other_id, type, occurred_at_ms as blocked_at_ms
          from e where type in ('UserBlocked', 'UserUnblocked')
          order by data->>'user_id', data->>'other_id', (data->>'change')::bigint desc
        ) last where type = 'UserBlocked'`,
      decidedBy: {
        from: 'e',
        where: `s.type in ('UserBlocked', 'UserUnblocked') and s.data->>'user_id' = k.user_id::text
          and s.data->>'other_id' = k.other_id::text`,
      },
    },
    {
      table: 'contacts',
      key: columns('user_id uuid, other_id uuid'),
      columns: columns('nickname hidden'),
      expected: `
        select user_id, other_id, nickname from (
          select distinct on (data->>'user_id', data->>'other_id') data->>'user_id' as user_id,
            data->>'other_id' as other_id, data->>'nickname' as nickname
          from e where type = 'ContactSet'
          order by data->>'user_id', data->>'other_id', sequence desc, index desc
        ) last where nickname is not null`,
      decidedBy: {
        from: 'e',
        where: `s.type = 'ContactSet' and s.data->>'user_id' = k.user_id::text
          and s.data->>'other_id' = k.other_id::text`,
      },
    },
    {
      table: 'hidden_messages',
      key: columns('user_id uuid, chat_id uuid, seq bigint'),
      columns: [],
      expected: `
        select distinct data->>'user_id' as user_id, data->>'chat_id' as chat_id, seq
        from e, jsonb_array_elements_text(data->'seqs') seq where type = 'MessagesHidden'`,
      decidedBy: {
        from: 'e',
        where: `s.type = 'MessagesHidden' and s.data->>'user_id' = k.user_id::text
          and s.data->>'chat_id' = k.chat_id::text and s.data->'seqs' @> to_jsonb(k.seq)`,
      },
    },
  ],
};

export const deviceCursorsFold: ProjectionFold = {
  projection: 'device_cursors',
  version: 1,
  family: 'RECEIPT',
  tables: [
    {
      table: 'device_cursors',
      key: columns('user_id uuid, device_id uuid'),
      columns: columns('pts bigint, moved_at_ms bigint'),
      // The furthest, and when it was first reached.
      expected: `
        select distinct on (data->>'user_id', data->>'device_id') data->>'user_id' as user_id,
          data->>'device_id' as device_id, data->>'pts' as pts, occurred_at_ms as moved_at_ms
        from e where type = 'DeviceCursorMoved'
        order by data->>'user_id', data->>'device_id', (data->>'pts')::bigint desc, sequence, index`,
      decidedBy: {
        from: 'e',
        where: `s.type = 'DeviceCursorMoved' and s.data->>'user_id' = k.user_id::text
          and s.data->>'device_id' = k.device_id::text`,
      },
    },
  ],
};

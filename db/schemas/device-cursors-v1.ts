/** Folded from RECEIPT: up to where each device has stored its user's log. */
export const deviceCursorsV1 = (schema: string): string => `
create schema ${schema};

create table ${schema}.device_cursors (
  user_id uuid not null,
  device_id uuid not null,
  pts bigint not null,
  moved_at_ms bigint not null,
  primary key (user_id, device_id)
) with (fillfactor = 70);
`;

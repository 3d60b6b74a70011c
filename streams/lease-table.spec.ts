import { headers } from '@nats-io/nats-core';
import { describe, expect, it } from 'vitest';
import { leaseSubject } from './lease.js';
import { LeaseTable } from './lease-table.js';
import type { StoredMessage } from './stored-message.js';

let sequence = 0;
function message(key: string, holder: string | null, header?: string): StoredMessage {
  const carried = headers();
  if (header !== undefined) carried.set(header, 'x');
  const data = Buffer.from(holder === null ? '' : JSON.stringify({ holder }));
  return { sequence: (sequence += 1), subject: leaseSubject(key), data, headers: carried, timeMs: 0 };
}
const live = (key: string, holder: string) => message(`g.${key}`, holder);
const deleted = (key: string) => message(`g.${key}`, null, 'KV-Operation');
const expired = (key: string) => message(`g.${key}`, null, 'Nats-Marker-Reason');

describe('LeaseTable', () => {
  it('tells who takes part, who has what, and who left something behind', () => {
    const table = new LeaseTable('g');
    table.see([live('member.a', 'a'), live('lease.one', 'a'), live('lease.two', 'gone')], 0);
    expect([...table.members]).toEqual(['a']);
    expect([...table.holders]).toEqual(['a', 'gone']);
    expect(['one', 'two', 'three'].map((name) => table.holderOf(name))).toEqual(['a', 'gone', null]);
  });

  it('what was deleted is free at once', () => {
    const table = new LeaseTable('g');
    table.see([live('member.a', 'a'), live('lease.one', 'a')], 0);
    table.see([deleted('member.a'), deleted('lease.one')], 1);
    expect([table.members.size, table.holderOf('one')]).toEqual([0, null]);
  });

  // Seen failing with what expired free at once.
  it.each([
    ['marked as such', [expired('member.a'), expired('lease.one')]],
    ['gone', []],
  ])('what expired (%s) counts until its holder has had the time to write it again', (_, messages) => {
    const table = new LeaseTable('g');
    table.see([live('member.a', 'a'), live('lease.one', 'a')], 0);
    table.see(messages, 1_000);
    table.see([], 3_999);
    expect([...table.members, table.holderOf('one')]).toEqual(['a', 'a']);
    table.see([], 4_000);
    expect([...table.members, table.holderOf('one')]).toEqual([null]);
  });

  it('what was written again counts from then on', () => {
    const table = new LeaseTable('g');
    table.see([live('lease.one', 'a')], 0);
    table.see([], 1_000);
    table.see([live('lease.one', 'a')], 2_000);
    table.see([], 3_000);
    table.see([], 5_999);
    expect(table.holderOf('one')).toBe('a');
  });

  it('everything of one that is gone is removed, and told where it is still to be voided', () => {
    const table = new LeaseTable('g');
    const keys = [live('member.a', 'a'), live('lease.one', 'a'), live('lease.two', 'a')];
    table.see([...keys, live('lease.three', 'b')], 0);
    table.see([keys[0]!, keys[1]!, live('lease.three', 'b')], 1);
    expect(table.remove('a')).toEqual(
      keys.slice(0, 2).map(({ subject, sequence: at }) => ({ subject, sequence: at })),
    );
    expect([...table.holders]).toEqual(['b']);
  });
});

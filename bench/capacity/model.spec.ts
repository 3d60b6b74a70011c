import { describe, expect, it } from 'vitest';
import { coresOf, limitsOf, loadOf, needsOf, type Ground, type People } from './model.js';
import { split, unitCostsOf, type UnitCosts } from './unit-costs.js';

const each = (us: number) => ({
  gateway: us,
  'command-handler': us,
  timeline: us,
  projector: us,
  NATS: us,
  Postgres: us,
});
const costs: UnitCosts = {
  conditions: 'a test',
  connection_kb: 10,
  connection_us_per_s: 5,
  message_us: each(100),
  entry_us: each(10),
};
const people: People = {
  connected: 1_000_000,
  sends_per_s: 0.01,
  entries_per_send: 5,
  reconnects_per_s: 0.001,
};
const ground: Ground = {
  busy_part: 0.5,
  gateway_connections_max: 50_000,
  gateway_memory_gb: 4,
  nats_node_memory_gb: 16,
  subscription_kb: 1,
  appends_per_s: 20_000,
  batched_entries_per_s: 100_000,
  streams_max: 256,
  postgres_cores: 32,
};

describe('the capacity model', () => {
  it('tells a decision’s cost from that of its entries by two sizes', () => {
    expect(split({ members: 2, us: 120 }, { members: 500, us: 5_100 })).toEqual({
      message_us: 100,
      entry_us: 10,
    });
    expect(split({ members: 2, us: 120 }, { members: 500, us: 60 }).entry_us).toBe(0);
  });

  it('takes unit costs from results by their names, and says which it misses', () => {
    const named = (us: number, before = '') =>
      ['gateway', 'command-handler', 'timeline', 'projector', 'NATS', 'Postgres'].map((kind) => {
        return { name: `${before}CPU a message: ${kind}`, value: us, unit: 'µs' };
      });
    const idle = [
      { name: 'resident a connection', value: 12.344, unit: 'KB' },
      {
        name: 'CPU a connection and second, all servers, over those without connections',
        value: 4,
        unit: 'µs',
      },
    ];
    const results = {
      conditions: 'a test',
      direct: named(120),
      group: named(5_100, 'one group of 500: '),
      group_members: 500,
      idle,
    };
    expect(unitCostsOf(results)).toEqual({
      conditions: 'a test',
      connection_kb: 12.3,
      connection_us_per_s: 4,
      message_us: each(100),
      entry_us: each(10),
    });
    expect(() => unitCostsOf({ ...results, idle: [] })).toThrow('resident a connection');
  });

  it('multiplies people into load and load into cores, with air', () => {
    expect(loadOf(people)).toEqual({
      messages_per_s: 10_000,
      entries_per_s: 50_000,
      reconnects_per_s: 1_000,
    });
    expect(coresOf('timeline', people, costs, ground)).toBeCloseTo((1 + 0.5) / 0.5);
    expect(coresOf('gateway', people, costs, ground)).toBeCloseTo((1 + 0.5 + 5) / 0.5);
  });

  it('needs as many gateways as the scarcest of connections, memory and CPU says', () => {
    expect(needsOf(people, costs, ground).gateways).toBe(20);
    expect(needsOf(people, { ...costs, connection_kb: 200 }, ground).gateways).toBe(48);
    expect(needsOf(people, { ...costs, connection_us_per_s: 50 }, ground).gateways).toBe(103);
    expect(needsOf(people, costs, ground)).toMatchObject({
      chat_streams: 1,
      user_streams: 1,
      postgres_primaries: 1,
    });
  });

  it('finds what breaks first', () => {
    const limits = limitsOf(people, costs, ground);
    const at = (name: string) => limits.find((one) => one.name === name)?.people;
    expect(at('one timeline reads all decisions')).toBeCloseTo(500_000);
    expect(at('every NATS node knows every subscription')).toBeCloseTo(8 * 1_048_576);
    expect(at('presence is one stream')).toBeCloseTo(10_000_000);
    expect(at('the read models are one primary')).toBeCloseTo(32 / 3e-6);
    expect(at('one projector folds a stream')).toBeCloseTo((256 * 500_000) / 1.5);
    expect(limits[0]!.name).toBe('one timeline reads all decisions');
    expect(limits.map((one) => one.people)).toEqual(
      limits.map((one) => one.people).toSorted((a, b) => a - b),
    );
  });

  it('has at twice the users twice the load and the same ends', () => {
    const twice = { ...people, connected: 2 * people.connected };
    expect(coresOf('NATS', twice, costs, ground)).toBeCloseTo(2 * coresOf('NATS', people, costs, ground));
    expect(limitsOf(twice, costs, ground)).toEqual(limitsOf(people, costs, ground));
  });
});

/** Seen failing with silent ones gone for ever, with everybody gone after a time without a store, and with unknown ones never missed. */
import { expect, test } from 'vitest';
import { GatewayLives } from './gateway-lives.js';

const life_ms = 30_000;
let sequence = 0;
const beat = (gateway: string, atMs: number) => ({ gateway, atMs, sequence: (sequence += 1) });

test('who is silent for a life is gone, with its last beat; who beats again lives', () => {
  const lives = new GatewayLives('own', life_ms);
  expect(lives.read([beat('other', 1_000), beat('own', 5_000)], []).changed).toEqual([]);
  for (let atMs = 10_000; atMs <= 30_000; atMs += 5_000)
    expect(lives.read([beat('own', atMs)], []).changed).toEqual([]);
  expect(lives.endOf('other')).toBeNull();
  expect(lives.read([beat('own', 35_000)], []).changed).toEqual(['other']);
  expect([lives.endOf('other'), lives.endOf('own')]).toEqual([1_000, null]);
  expect(lives.read([beat('own', 40_000), beat('other', 39_000)], []).changed).toEqual(['other']);
  expect(lives.endOf('other')).toBeNull();
});

test('what was gone before is gone at the first look', () => {
  const lives = new GatewayLives('own', life_ms);
  expect(lives.read([beat('old', 1_000), beat('own', 900_000)], []).changed).toEqual(['old']);
});

test('who could not beat itself judges nobody for a life, then those who stay silent; and is told that it was silent', () => {
  const lives = new GatewayLives('own', life_ms);
  lives.read([beat('dead', 4_000), beat('alive', 4_500), beat('own', 5_000)], []);
  const back = lives.read([beat('own', 100_000)], []);
  expect(back).toEqual({ changed: [], wasSilent: true });
  expect(lives.read([beat('alive', 101_000), beat('own', 105_000)], []).changed).toEqual([]);
  for (let atMs = 110_000; atMs < 130_000; atMs += 5_000)
    expect(lives.read([beat('alive', atMs), beat('own', atMs)], []).changed).toEqual([]);
  expect(lives.read([beat('own', 130_000)], []).changed).toEqual(['dead']);
});

test('without an own beat there is no present to judge by', () => {
  const lives = new GatewayLives('own', life_ms);
  expect(lives.read([beat('other', 1)], [])).toEqual({ changed: [], wasSilent: false });
  expect(lives.endOf('other')).toBeNull();
});

test('one that no beat tells of counts as living until a look begun after that misses it too', () => {
  const lives = new GatewayLives('own', life_ms);
  lives.read([beat('own', 5_000)], []);
  expect(lives.endOf('new')).toBeNull();
  expect(lives.endOf('old')).toBeNull();
  const { asked } = lives;
  expect(lives.read([beat('own', 10_000), beat('new', 9_000)], asked).changed).toEqual(['old']);
  expect([lives.endOf('new'), lives.endOf('old')]).toEqual([null, 0]);
});

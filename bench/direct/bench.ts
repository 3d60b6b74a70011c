/** Pairs who write to one another: messages a second, and how long one takes to the sender's tick and to the recipient's screen. */
import { commonFigures, chattingTables, percentilesPlot, serverCpuUs } from '../chatting/outcome.js';
import type { ChattingFigures } from '../chatting/figures.js';
import { measureChatting, type MeasureSettings } from '../chatting/measure.js';
import { makeAccounts, makeChats, type Account } from '../support/accounts.js';
import { figure, type Figure, type Outcome } from '../support/outcome.js';
import { System, type SystemOptions } from '../support/system.js';

export interface DirectBench extends SystemOptions, MeasureSettings {
  readonly pairs: number;
}

const outstanding = 4;
const calm_per_s = 500;

export async function benchDirect(settings: DirectBench, say: (line: string) => void): Promise<Outcome> {
  const system = await System.start(settings);
  try {
    say('people sign up');
    const people = await makeAccounts(system, settings.pairs * 2);
    const pairs = Array.from({ length: settings.pairs }, (_, index) => [2 * index, 2 * index + 1] as const);
    const ids = await makeChats(
      system,
      pairs.map(([one, other]) => newChat(people[one]!, people[other]!)),
    );
    const rooms = pairs.map(([one, other], index) => {
      return { chatId: ids[index]!, members: [one, other], senders: [one] };
    });
    const rates = (peak: number) => [
      { name: `at ${calm_per_s}/s`, per_s: calm_per_s },
      { name: 'at half of the peak', per_s: peak / 2 },
    ];
    const figures = await measureChatting(system, { people, rooms, outstanding, rates }, settings, say);
    return outcomeOf(settings, figures);
  } finally {
    await system.stop();
  }
}

const newChat = (creator: Account, other: Account) => ({
  kind: 'direct' as const,
  creator,
  others: [other],
});

function outcomeOf(settings: DirectBench, figures: ChattingFigures): Outcome {
  const { layout, durability, streams, pairs, seconds } = settings;
  return {
    scenario: 'direct',
    settings: { layout, durability, streams, pairs, outstanding, seconds },
    figures: [...figuresOf(settings, figures), ...commonFigures(figures, settings)],
    parts: chattingTables(figures),
    plots: [percentilesPlot(`direct-${layout}-${durability}`, `Pairs: ${layout}, ${durability}`, figures)],
  };
}

function figuresOf({ durability }: DirectBench, figures: ChattingFigures): Figure[] {
  const { peak, floor, relay, rates } = figures;
  const [calm, half] = rates.map(({ sent }) => sent);
  const at_least = durability === 'strict' ? 1 / 2 : 1 / 3;
  return [
    figure('messages/s', peak.per_s, '/s'),
    figure('of raw appends', peak.per_s / floor.per_s, '', { at_least }),
    figure('of the bare relay', peak.per_s / relay.per_s, ''),
    figure('server CPU a message', serverCpuUs(figures, peak.messages), 'µs', { at_most: 250 }),
    figure('p99 to the screen at 500/s', calm!.screen.ms(0.99), 'ms', { at_most: 10 }),
    figure('p99 to the screen at half of the peak', half!.screen.ms(0.99), 'ms', { at_most: 20 }),
    figure('p99 to the tick at 500/s', calm!.tick.ms(0.99), 'ms'),
    figure('p99 to the tick at half of the peak', half!.tick.ms(0.99), 'ms'),
  ];
}

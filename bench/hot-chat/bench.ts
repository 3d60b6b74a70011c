/** Everybody writes in one chat at once: how many decisions a second one aggregate takes, each told to all of its members. */
import type { ChattingFigures } from '../chatting/figures.js';
import { measureChatting, type MeasureSettings } from '../chatting/measure.js';
import { chattingTables, commonFigures, deliveriesPerS, serverCpuUs } from '../chatting/outcome.js';
import { makeAccounts, makeChats } from '../support/accounts.js';
import { figure, type Outcome } from '../support/outcome.js';
import { System, type SystemOptions } from '../support/system.js';

export interface HotChatBench extends SystemOptions, MeasureSettings {
  /** All of the members. */
  readonly senders: number;
}

const outstanding = 4;

export async function benchHotChat(settings: HotChatBench, say: (line: string) => void): Promise<Outcome> {
  const system = await System.start(settings);
  try {
    const people = await makeAccounts(system, settings.senders);
    const [creator, ...others] = people;
    const [chatId] = await makeChats(system, [{ kind: 'group', creator: creator!, others }]);
    const everybody = people.map((_, index) => index);
    const rooms = [{ chatId: chatId!, members: everybody, senders: everybody }];
    const rates = (peak: number) => [{ name: 'at half of the peak', per_s: peak / 2 }];
    const alone = { ...settings, drivers: 1 };
    const figures = await measureChatting(system, { people, rooms, outstanding, rates }, alone, say);
    return outcomeOf(settings, figures);
  } finally {
    await system.stop();
  }
}

function outcomeOf(settings: HotChatBench, figures: ChattingFigures): Outcome {
  const { layout, durability, streams, senders, seconds } = settings;
  const { peak, floor, relay, rates } = figures;
  const target = durability === 'replicated' ? { at_least: 5_000 } : undefined;
  return {
    scenario: 'hot-chat',
    settings: { layout, durability, streams, senders, outstanding, seconds },
    figures: [
      figure('messages/s', peak.per_s, '/s', target),
      figure('deliveries/s', deliveriesPerS(peak), '/s'),
      figure('of raw appends', peak.per_s / floor.per_s, ''),
      figure('of the bare relay', peak.per_s / relay.per_s, ''),
      figure('server CPU a message', serverCpuUs(figures, peak.messages), 'µs'),
      figure('server CPU a delivery', serverCpuUs(figures, peak.deliveries), 'µs'),
      figure('p99 to the tick at half of the peak', rates[0]!.sent.tick.ms(0.99), 'ms'),
      figure('p99 to the last member at half of the peak', rates[0]!.sent.last.ms(0.99), 'ms'),
      ...commonFigures(figures, settings),
    ],
    parts: chattingTables(figures),
  };
}

/** What may happen between an app and NATS. Each app instance has links of its own: nobody else notices. */
import type { NatsFrame } from '../../support/nats-frames.js';
import type { NatsLink, Verdict } from '../../support/nats-link.js';
import type { Random } from '../../support/random.js';
import { closedWith, type Fault, type FaultKind } from './fault.js';

const lost_of_100 = [2, 20, 60] as const;
const late_of_100 = 10;
const late_ms_max = 2_000;
const doubled_of_100 = 30;

type Links = readonly NatsLink[];

/** What an answer is cut into is never late or double by itself: it comes from one server by one way. */
const isWhole = ({ kind }: NatsFrame): boolean => kind === 'answer' || kind === 'live';

export const linkFaults = (name: string, links: Links, chance: Random): Fault[] => [
  ofLinks('cut', name, links, (link) => link.cut()),
  ofLinks('stall', name, links, (link) => link.holdUp()),
  loseAnswers(name, links, chance),
  disturb('delay', name, links, (frame) =>
    isWhole(frame) && chance.integer(100) < late_of_100 ? chance.integer(late_ms_max) : 'pass',
  ),
  disturb('double', name, links, (frame) =>
    isWhole(frame) && chance.integer(100) < doubled_of_100 ? 'double' : 'pass',
  ),
];

function ofLinks(kind: FaultKind, name: string, links: Links, begin: (link: NatsLink) => void): Fault {
  return {
    kind,
    name: `${kind} ${name}`,
    closes: closedWith(name),
    begin: async () => links.forEach(begin),
    end: async () =>
      links.forEach((link) => {
        link.undisturbed();
        link.letGo();
      }),
  };
}

const disturb = (kind: FaultKind, name: string, links: Links, judge: (frame: NatsFrame) => Verdict): Fault =>
  ofLinks(kind, name, links, (link) => link.disturb(judge));

/** Parts of answers too: a server that loses its route to another loses what was just under way. */
function loseAnswers(name: string, links: Links, chance: Random): Fault {
  let of_100 = 0;
  const judge = ({ kind }: NatsFrame): Verdict =>
    (kind === 'answer' || kind === 'part') && chance.integer(100) < of_100 ? 'lose' : 'pass';
  const fault = disturb('lose answers', name, links, judge);
  return {
    ...fault,
    begin: async () => {
      of_100 = chance.pick(lost_of_100);
      await fault.begin();
      return `${of_100} of 100`;
    },
  };
}

/** The NATS node that leads what matters when its time has come. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connectNats } from '#streams/connection.js';
import type { Random } from '../../support/random.js';
import type { Fault, Processes } from './fault.js';

type Leaders = readonly { readonly stream: string; readonly node: string }[];

export function killLeaders(processes: Processes, natsUrl: string, chance: Random): Fault[] {
  return [
    killed('kill nats leader', processes, async () => {
      const nodes = Map.groupBy(await leadersOf(natsUrl), ({ node }) => node);
      return [...nodes].sort((one, other) => other[1].length - one[1].length)[0]![1][0]!;
    }),
    killed('kill stream leader', processes, async () => chance.pick(await leadersOf(natsUrl))),
  ];
}

function killed(name: string, processes: Processes, choose: () => Promise<Leaders[number]>): Fault {
  let node = '';
  return {
    kind: 'kill leader',
    name,
    closes: [],
    begin: async () => {
      const leader = await choose();
      node = leader.node;
      await processes.kill(node);
      return `${node}, leader of ${leader.stream}`;
    },
    end: () => processes.start(node),
  };
}

async function leadersOf(natsUrl: string): Promise<Leaders> {
  const nats = await connectNats(natsUrl, { name: 'drill' });
  const leaders: { stream: string; node: string }[] = [];
  try {
    for await (const { config, cluster } of (await jetstreamManager(nats)).streams.list()) {
      if (cluster?.leader) leaders.push({ stream: config.name, node: cluster.leader });
    }
    return leaders;
  } finally {
    await nats.close();
  }
}

/** Processes stopped, killed and made to stand still. */
import { familyOf } from '../../support/launched-odnix.js';
import { appsOf, closedWith, isServer, type Fault, type Processes } from './fault.js';

const taken = (processes: Processes, name: string, how: 'stop' | 'kill'): Fault => ({
  kind: how,
  name: `${how} ${name}`,
  closes: closedWith(name),
  begin: () => processes[how](name),
  end: () => processes.start(name),
});

/** A gateway is killed long after it was stopped: by then its clients have come back to it. */
export const takenInTurn = (processes: Processes, names: readonly string[]): Fault[] =>
  (['stop', 'kill'] as const).flatMap((how) => names.map((name) => taken(processes, name, how)));

export const postgresDown = (processes: Processes, down_ms: number): Fault => ({
  ...taken(processes, 'postgres', 'stop'),
  name: 'postgres down',
  down_ms,
});

export function killEverything(processes: Processes): Fault {
  const startAll = (names: readonly string[]) =>
    Promise.all(names.map((name) => (processes.pid(name) === null ? processes.start(name) : undefined)));
  return {
    kind: 'kill everything',
    name: 'kill everything',
    closes: 'all',
    begin: async () => void (await Promise.all(processes.names.map((name) => processes.kill(name)))),
    end: async () => {
      await startAll(processes.names.filter(isServer));
      await startAll(appsOf(processes));
    },
  };
}

/** With everything below it: what a server does is done by its children. */
export function hang(processes: Processes, name: string): Fault {
  let hung: number[] = [];
  const signal = (pid: number, what: NodeJS.Signals) => {
    try {
      process.kill(pid, what);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  return {
    kind: 'hang',
    name: `hang ${name}`,
    closes: closedWith(name),
    begin: async () => {
      const pid = processes.pid(name);
      hung = pid === null ? [] : familyOf(pid);
      for (const one of hung) signal(one, 'SIGSTOP');
    },
    end: async () => {
      for (const one of hung.splice(0)) signal(one, 'SIGCONT');
    },
  };
}

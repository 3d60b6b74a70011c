/** What stands in the small production-like layout: of every app that may be lost, two. */

export const appInstances = {
  gateway: 2,
  api: 1,
  'command-handler': 2,
  timeline: 2,
  projector: 2,
  'query-handler': 2,
  admin: 1,
} as const;

export type AppName = keyof typeof appInstances;

/** As many replicas has every stream. */
export const nats_nodes_count = 3;

export const serveClients: readonly AppName[] = ['gateway', 'api'];
/** Whoever signs, or reads what was signed. */
export const knowTheSecret: readonly AppName[] = ['gateway', 'api', 'command-handler'];

/** What a session needs stops after the sessions; each stage at once. */
export const stopStages: readonly (readonly AppName[])[] = [
  ['gateway', 'api', 'admin'],
  ['command-handler', 'query-handler'],
  ['timeline'],
  ['projector'],
];

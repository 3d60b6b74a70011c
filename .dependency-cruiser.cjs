/** The rooms and what each may import. Every rule says why; test/support plants a violation to see it fail. */
const only = (name, from, allowed, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: from, pathNot: '\\.(spec|contract)\\.ts$' },
  to: { pathNot: allowed },
});

module.exports = {
  forbidden: [
    only(
      'domain-is-pure',
      '^libs/domain/',
      ['^libs/domain/'],
      'Deciders and folds run in servers, clients, simulations and verifiers: no Nest, no node:*, no library.',
    ),
    only(
      'protocol-knows-the-wire-only',
      '^libs/protocol/',
      ['^libs/(protocol|domain)/', 'node_modules/(class-validator|class-transformer|reflect-metadata)/'],
      'The wire contract is shared with clients and must not pull in a server.',
    ),
    only(
      'observability-stands-alone',
      '^observability/',
      ['^observability/', 'node_modules/@opentelemetry/', '^(node:)?perf_hooks$'],
      'Everything may use telemetry, so telemetry may use nothing of ours.',
    ),
    only(
      'streams-know-nats-and-domain',
      '^streams/',
      [
        '^(streams|observability|libs/domain)/',
        'node_modules/@nats-io/',
        'node_modules/lru-cache/',
        '^node:',
        '^(crypto|events|buffer|timers)',
      ],
      'The event store must not know who decides, who projects, or where read models live.',
    ),
    only(
      'db-knows-postgres-only',
      '^db/',
      [
        '^(db|observability)/',
        'node_modules/(kysely|pg|pg-[a-z-]+)/',
        '^node:',
        '^(path|fs|url|crypto|timers|zlib|stream)',
      ],
      'Tables and checkpoints serve any projection and must not know one.',
    ),
    {
      name: 'projections-do-not-read-streams',
      severity: 'error',
      comment:
        'A projection folds what the runner hands it, so that a rebuild and a live run are the same code.',
      from: { path: '^libs/projections/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^libs/(projections|domain)/', '^(db|observability)/', 'node_modules/kysely/'] },
    },
    {
      name: 'projections-do-not-know-each-other',
      severity: 'error',
      comment: 'Facts of two projections meet at query time, or rebuilds would depend on interleaving.',
      from: { path: '^libs/projections/([^/]+)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/projections/([^/]+)/.+', pathNot: '^libs/projections/$1/' },
    },
    {
      name: 'edge-does-not-know-read-models',
      severity: 'error',
      comment:
        'Gateway and api share the edge: a request becomes a NATS request; rules and tables stand behind it.',
      from: { path: '^libs/edge/' },
      to: { path: '^(libs/(projections|client)|db|apps)/' },
    },
    only(
      'jobs-know-no-effect',
      '^libs/jobs/',
      [
        '^libs/(jobs|domain)/',
        '^(streams|observability)/',
        'node_modules/(@nats-io|@nestjs/common|class-validator|class-transformer|reflect-metadata|uuid)/',
        '^(crypto|timers)',
      ],
      'What a job does is handed in; how jobs are kept and retried must not depend on it.',
    ),
    only(
      'process-knows-no-app',
      '^libs/process/',
      [
        '^libs/(process/|protocol/version\\.ts$)',
        '^(streams|db|observability)/',
        'node_modules/(commander|@nestjs/common|@nats-io)/',
        '^node:',
        '^(fs|http|module|net|path|timers|v8)',
      ],
      'What every process does alike must not know what any of them is for.',
    ),
    only(
      'client-has-no-server-code',
      '^libs/client/',
      [
        '^libs/(client|protocol|domain)/',
        'node_modules/(ws|@noble/hashes)/',
        '^node:',
        '^(fs|path|crypto|events)',
      ],
      'The SDK runs on phones and in browsers.',
    ),
    {
      name: 'client-takes-types-of-requests',
      severity: 'error',
      comment: 'Request classes bring class-validator with them; in a browser they would be dead weight.',
      from: { path: '^libs/client/', pathNot: '\\.(spec|contract)\\.ts$' },
      to: {
        path: '^libs/protocol/',
        pathNot: '^libs/protocol/errors\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'client-is-of-no-platform',
      severity: 'error',
      comment: 'What the SDK takes from Node comes through its ports, from libs/client/node.',
      from: { path: '^libs/client/(?!(node|testing)/)', pathNot: '\\.(spec|contract)\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'verify-shares-nothing-with-the-projector',
      severity: 'error',
      comment: 'A fold that shares code with the one it checks shares its mistakes (docs/adr/0022).',
      from: { path: '^apps/admin/verify/', pathNot: '\\.spec\\.ts$' },
      to: {
        path: '^(libs/(projections|client)/|libs/domain/(?!kernel/(assert|hashing|ids)\\.ts$)|apps/projector/|db/checkpoint)',
        reachable: true,
      },
    },
    {
      name: 'apps-do-not-import-apps',
      severity: 'error',
      comment: 'Each app runs by itself; only apps/odnix composes the others, in one process.',
      from: { path: '^apps/([^/]+)/', pathNot: '^apps/odnix/' },
      to: { path: '^apps/([^/]+)/', pathNot: '^apps/$1/' },
    },
    {
      name: 'rooms-do-not-read-apps-or-tests',
      severity: 'error',
      comment: 'Data flows from the edge inwards; nothing reads backwards.',
      from: { path: '^(libs|streams|db|observability)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(apps|test|bench)/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle has no first file to read.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'What cannot be resolved is not checked.',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['odnix-source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};

/**
 * What each app may say and hear on NATS: the one table of its kind. `natsAuthorization` makes servers enforce it,
 * docs/authority.md shows it, permissions.int.spec.ts tries every line of it, and what it does not hold.
 *
 * Streams stand as `<CHAT>`, which is CHAT_0, CHAT_1 and so on. Nobody but the admin may create, change, purge or delete a
 * stream or a stored message, and nobody's answers can be heard by another app.
 */
import { leaseSubject, leases_stream } from './lease.js';
import { families, leaseAliveSubject, liveChatSubjects, liveUserSubjects } from './subjects.js';
import { access_keys_stream, accessKeysSubject, keysChangedSubject } from './subjects.js';
import { signing_keys_stream, signingKeySubjects } from './subjects.js';
import { pairUsedSubject, querySubjects, ephemeralUserSubjects, usedTicketSubjects } from './subjects.js';
import { awaitedSubjects, deviceActivitySubject, devicesRevokedSubject } from './subjects.js';
import { gateways_stream, gatewaySubjects, sightsChanged } from './subjects.js';
import { presence_stream, presenceSubjects, toldPresenceSubjects } from './subjects.js';
import {
  commandSubjects,
  rangesTaken,
  rateSubjects,
  rates_stream,
  refusedSubjects,
  subjectRoots,
  type Family,
} from './subjects.js';

export const apps = ['gateway', 'api', 'command-handler', 'timeline', 'projector', 'query-handler'] as const;
export type App = (typeof apps)[number];

/** Who answers on a subject, or tells on it. `store`: the streams, and JetStream's API for them. */
export type Owner = App | 'store';

export interface Right {
  /**
   * `ask`: send to whoever owns the subject, and hear the answer. `serve`: be asked, and answer. `tell`: send to whoever
   * listens. `hear`: listen to what the owner tells.
   */
  readonly may: 'ask' | 'serve' | 'tell' | 'hear';
  readonly subject: string;
  readonly owner: Owner;
  /** One answer by default. */
  readonly answers?: 'many';
  readonly why: string;
}

const ask = (owner: Owner, subject: string, why: string): Right => ({ may: 'ask', subject, owner, why });
const askMany = (owner: Owner, subject: string, why: string): Right => ({
  ...ask(owner, subject, why),
  answers: 'many',
});
const serve = (owner: App, subject: string, why: string): Right => ({ may: 'serve', subject, owner, why });
const tell = (owner: App, subject: string, why: string): Right => ({ may: 'tell', subject, owner, why });
const hear = (owner: Owner, subject: string, why: string): Right => ({ may: 'hear', subject, owner, why });

const streamsOf = (family: Family): string => `<${family}>`;

/** By place, from any replica and from the leader; the leader also tells a subject's last. */
const readsByPlace = (stream: string, why: string): Right[] => [
  askMany('store', `$JS.API.DIRECT.GET.${stream}`, why),
  ask('store', `$JS.API.STREAM.MSG.GET.${stream}`, `${why}; where a replica lags, of the leader`),
];
const readsLast = (stream: string, root: string, why: string): Right =>
  ask('store', `$JS.API.DIRECT.GET.${stream}.${root}.*.*`, why);
const readsInfo = (stream: string, why: string): Right => ask('store', `$JS.API.STREAM.INFO.${stream}`, why);

/** By consumers without a name: the server makes names that cannot be guessed, and nobody may list them. */
const follows = (stream: string, why: string): Right[] => [
  ask('store', `$JS.API.CONSUMER.CREATE.${stream}`, why),
  askMany('store', `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`, why),
  ask('store', `$JS.API.CONSUMER.DELETE.${stream}.*`, 'leaves no consumer behind'),
];
const appends = (family: Family, why: string): Right[] =>
  subjectRoots[family].map((root) => ask('store', `${root}.*.*`, why));

/** Keys can be narrowed for writing only: whoever reads a bucket by position names no key in the subject. */
function leases(app: App, group: string): Right[] {
  const own = leaseSubject(`${group}.>`);
  const alive = leaseAliveSubject(group, '*');
  return [
    ask('store', own, `takes, renews and gives back leases of the group ${group}`),
    hear(app, own, 'learns at once that others of the group join, release or leave'),
    serve(app, alive, 'answers that it is alive'),
    ask(app, alive, 'learns within a second that another of the group is gone'),
    ...readsByPlace(leases_stream, 'sees who holds what'),
  ];
}

const startsUp: Right[] = [
  ask('store', '$JS.API.INFO', 'asks at the start whether JetStream is there'),
  ask(
    'store',
    '$JS.API.STREAM.LIST',
    'compares at the start how the streams are spread with its own settings',
  ),
];

/** What gateway and api share (libs/edge). */
const edge: Right[] = [
  ask('command-handler', commandSubjects, "passes clients' commands on"),
  hear('command-handler', rangesTaken, 'learns which commands to ask again, because a handler died'),
  ask('query-handler', querySubjects, "passes clients' queries on"),
  ...readsByPlace(streamsOf('USER'), "reads users' logs from sync tokens"),
  readsLast(streamsOf('USER'), 'user', "reads users' heads"),
  readsInfo(streamsOf('USER'), 'reads the epoch of a log, and how far its stream goes'),
  ...readsByPlace(streamsOf('CHAT'), 'reads the bodies that entries refer to'),
  ...readsByPlace(streamsOf('ACCOUNT'), 'reads the device events that entries refer to'),
  readsLast(streamsOf('ACCOUNT'), 'account', 'looks whether a device is still signed in'),
  ask(
    'store',
    `$JS.API.STREAM.MSG.GET.${access_keys_stream}`,
    'checks access tokens with the keys that are there',
  ),
  hear('api', keysChangedSubject, 'learns at once that a key was made or retired'),
  ask('api', deviceActivitySubject, 'learns when devices were last active'),
  ask('store', rateSubjects, 'spends from the limits that all servers share'),
  ask('store', `$JS.API.STREAM.MSG.GET.${rates_stream}`, 'learns what others have spent, of the leader'),
];

export const permissions: Readonly<Record<App, readonly Right[]>> = {
  gateway: [
    ...startsUp,
    ...edge,
    ask('api', pairUsedSubject, 'tells that a pair of tokens was used'),
    hear('command-handler', devicesRevokedSubject, 'closes what signed-out devices have open'),
    hear('timeline', liveUserSubjects, 'hears what is new for the users connected'),
    hear('timeline', liveChatSubjects, 'hears what is new in the channels of the users connected'),
    hear(
      'command-handler',
      ephemeralUserSubjects,
      'hears who is typing to the users connected, and what calls them',
    ),
    ask('store', usedTicketSubjects, 'marks tickets as used'),
    ask('store', presenceSubjects, 'says who is connected to it'),
    hear('store', toldPresenceSubjects, 'hears of the users whom its own watch'),
    askMany('store', `$JS.API.DIRECT.GET.${presence_stream}`, 'reads where users are connected'),
    ask(
      'store',
      `$JS.API.DIRECT.GET.${presence_stream}.${presenceSubjects}`,
      'reads where a user is connected',
    ),
    hear('command-handler', sightsChanged, 'hears that somebody may see less, or more, of a user'),
    ask('store', gatewaySubjects, 'says that it is there'),
    askMany('store', `$JS.API.DIRECT.GET.${gateways_stream}`, 'learns which gateways are gone'),
  ],
  api: [
    ...startsUp,
    ...edge,
    serve('api', pairUsedSubject, 'spends refresh tokens whose successors were used'),
    serve('api', deviceActivitySubject, 'tells when devices got their last tokens'),
    ask('store', accessKeysSubject, 'publishes the next key for access tokens'),
    tell('api', keysChangedSubject, 'tells that there is another key'),
    ask('store', signingKeySubjects, 'keeps the private halves, sealed, and destroys them'),
    ask('store', `$JS.API.STREAM.MSG.GET.${signing_keys_stream}`, 'signs access tokens'),
    ...families
      .filter((family) => family !== 'USER')
      .map((family) => readsInfo(streamsOf(family), 'tells in its health whether all streams are there')),
    ...readsByPlace(leases_stream, 'tells in its health whether all logs are being written'),
  ],
  'command-handler': [
    ...startsUp,
    serve('command-handler', commandSubjects, 'carries commands out'),
    ask('command-handler', commandSubjects, 'learns whether every range is served'),
    tell(
      'command-handler',
      ephemeralUserSubjects,
      'tells who is typing, and passes on what devices in a call say to each other',
    ),
    tell('command-handler', devicesRevokedSubject, 'tells which devices were signed out'),
    tell('command-handler', sightsChanged, 'tells that somebody may see less, or more, of a user'),
    tell('command-handler', rangesTaken, 'tells which commands may have been left without an answer'),
    ...appends('CHAT', 'appends decisions'),
    ...appends('RECEIPT', 'appends cursors'),
    ...appends('ACCOUNT', 'appends account events'),
    ask('store', refusedSubjects, 'keeps for auditors which commands were refused'),
    ...readsByPlace(streamsOf('CHAT'), 'loads chats'),
    readsLast(streamsOf('CHAT'), 'chat', 'loads chats'),
    ...readsByPlace(streamsOf('ACCOUNT'), 'loads accounts'),
    readsLast(streamsOf('ACCOUNT'), 'account', 'loads accounts'),
    readsLast(streamsOf('ACCOUNT'), 'contacts', "loads users' contacts"),
    readsLast(streamsOf('ACCOUNT'), 'phone', 'loads who claimed a phone number'),
    ...leases('command-handler', 'command'),
  ],
  timeline: [
    ...startsUp,
    ask('store', 'user.*.*', "writes users' logs"),
    ask('store', 'timeline.<USER>', 'saves its positions'),
    tell('timeline', liveUserSubjects, 'announces new entries'),
    tell('timeline', liveChatSubjects, 'announces what happens in channels'),
    ...readsByPlace(streamsOf('USER'), 'goes on from what is written'),
    readsInfo(streamsOf('USER'), 'goes on from where the stream ends'),
    ...(['CHAT', 'RECEIPT', 'ACCOUNT'] as const).flatMap((family) => [
      ...follows(streamsOf(family), 'makes entries of decisions, receipts and account events'),
      ...readsByPlace(streamsOf(family), 'reads what an entry refers to, and member lists'),
      readsInfo(streamsOf(family), 'refuses to go on when a stream has lost what was read'),
    ]),
    ...leases('timeline', 'timeline'),
  ],
  projector: [
    ...startsUp,
    ...families.flatMap((family) => [
      ...follows(streamsOf(family), 'folds the streams into read models'),
      readsInfo(streamsOf(family), 'refuses to go on when a stream has lost what was folded'),
    ]),
    ...leases('projector', 'projector.*'),
    hear('query-handler', awaitedSubjects, 'folds at once what a reader waits for'),
  ],
  'query-handler': [
    ...startsUp,
    serve('query-handler', querySubjects, 'answers queries'),
    tell('query-handler', awaitedSubjects, 'tells that a reader waits for what stands in a stream'),
  ],
};

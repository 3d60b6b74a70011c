/** About a call: the devices of whom it rings for, and of who calls. */
import { chatDecider, type ChatState } from '#domain/chat/index.js';
import {
  accept,
  called,
  callOf,
  direct,
  discard,
  expire,
  request,
  setBlocked,
} from '../support/example-chat.js';
import { already, conflictsOf, done } from './conflict.js';

const conflict = conflictsOf({ orderedBy: 'the chat', decider: chatDecider });

const there = direct('anna', 'ben');
const ringing = [...there, called(callOf('requested'))];
const talking = [...there, called(callOf('accepted'))];
const due = [...there, called({ ...callOf('requested'), expires_at_ms: 1 })];

function call(state: ChatState): string {
  const it = state.status === 'none' ? undefined : state.call;
  if (it === undefined) return 'no call';
  return it.state === 'discarded' ? it.reason! : `${it.state} by ${it.callee_device_id ?? 'nobody'}`;
}

export const inCalls = [
  conflict({
    between: 'accept against accept, on two devices of one user',
    why: 'The first has the call; the other stops ringing, and is told that it was answered elsewhere.',
    given: ringing,
    acts: { phone: accept('ben', 'phone'), tablet: accept('ben', 'tablet') },
    shows: call,
    ends: {
      'phone, tablet': [[done, 'CALL_TAKEN'], 'accepted by ben-phone'],
      'tablet, phone': [[done, 'CALL_TAKEN'], 'accepted by ben-tablet'],
    },
  }),
  conflict({
    between: 'accept against decline, on two devices of one user',
    why: 'The first holds: who declines what was answered meanwhile does not hang up on it.',
    given: ringing,
    acts: { accept: accept('ben', 'phone'), decline: discard('ben', 'tablet', 'declined') },
    shows: call,
    ends: {
      'accept, decline': [[done, 'CALL_TAKEN'], 'accepted by ben-phone'],
      'decline, accept': [[done, 'CALL_OVER'], 'declined'],
    },
  }),
  conflict({
    between: 'decline against decline, on two devices of one user',
    why: 'What has ended has ended; the first tells how.',
    given: ringing,
    acts: { phone: discard('ben', 'phone', 'busy'), tablet: discard('ben', 'tablet') },
    shows: call,
    ends: {
      'phone, tablet': [[done, already], 'busy'],
      'tablet, phone': [[done, already], 'declined'],
    },
  }),
  conflict({
    between: 'accept against the caller’s hanging up',
    why: 'Either it had ended, or it is hung up a moment after it was answered.',
    given: ringing,
    acts: { accept: accept('ben'), hangUp: discard('anna') },
    shows: call,
    ends: {
      'accept, hangUp': [[done, done], 'hangup'],
      'hangUp, accept': [[done, 'CALL_OVER'], 'hangup'],
    },
  }),
  conflict({
    between: 'hanging up against hanging up, at both ends',
    why: 'What has ended has ended.',
    given: talking,
    acts: { anna: discard('anna'), ben: discard('ben', 'phone', 'failed') },
    shows: call,
    ends: {
      'anna, ben': [[done, already], 'hangup'],
      'ben, anna': [[done, already], 'failed'],
    },
  }),
  conflict({
    between: 'call against call, each of the other',
    why: 'Both want to talk: the later request accepts the earlier call. Between two people there is one.',
    given: there,
    acts: { anna: request('anna', 'ben'), ben: request('ben', 'anna') },
    shows: call,
    ends: {
      'anna, ben': [[done, done], 'accepted by ben-phone'],
      'ben, anna': [[done, done], 'accepted by anna-phone'],
    },
  }),
  conflict({
    between: 'call against call, on two devices of one user',
    why: 'The first rings.',
    given: there,
    acts: { phone: request('anna', 'ben', 'phone'), tablet: request('anna', 'ben', 'tablet') },
    shows: call,
    ends: {
      'phone, tablet': [[done, 'CALL_EXISTS'], 'requested by nobody'],
      'tablet, phone': [[done, 'CALL_EXISTS'], 'requested by nobody'],
    },
  }),
  conflict({
    between: 'accept against the end of its time',
    why: 'By its time alone it is missed, whether the server has told so already or not.',
    given: due,
    acts: { accept: accept('ben'), expire: expire() },
    shows: call,
    ends: {
      'accept, expire': [['CALL_OVER', done], 'missed'],
      'expire, accept': [[done, 'CALL_OVER'], 'missed'],
    },
  }),
  conflict({
    between: 'block against call',
    why: 'A block ends the call of the two, and none begins behind it.',
    given: there,
    acts: { block: setBlocked('ben', true, 1), call: request('anna', 'ben') },
    shows: call,
    ends: {
      'block, call': [[done, 'BLOCKED'], 'no call'],
      'call, block': [[done, done], 'declined'],
    },
  }),
];

import { join } from 'node:path';
import { Actor } from './actor.js';
import { Failure } from './failure.js';
import { enterStage, type Stage } from './stage.js';
import type { Action, Step } from './steps.js';

type Of<Kind extends Action['kind']> = Extract<Step, { readonly kind: Kind }>;

/** Rows shown when an expectation is not met: the latest. */
const shown_rows_max = 20;

/** One step. Throws Failure when it does not come as the script says. */
export async function perform(stage: Stage, step: Step): Promise<void> {
  switch (step.kind) {
    case 'tell':
      stage.transcript.tell(step.text);
      return pause(stage.paceMs);
    case 'actor':
      return declare(stage, step);
    case 'another_device':
      return declareDevice(stage, step);
    case 'enter':
      return type(stage, step);
    case 'expect':
      return step.isAbsent ? expectNothing(stage, step) : expectRow(stage, step);
    case 'wait':
      return wait(stage, step);
    case 'switch':
      return turn(stage, step);
  }
}

function declare(stage: Stage, { name, phone, displayName = name }: Of<'actor'>): Promise<void> {
  const number = phone.replaceAll('?', () => String(Math.floor(Math.random() * 10)));
  const { url, directory } = stage;
  const options = { url, phone: number, name: displayName, device: name, directory: join(directory, name) };
  stage.transcript.shown(name, `· ${displayName}, ${number}`);
  return enterStage(stage, new Actor(name, { ...options, fresh: false }, stage.transcript));
}

function declareDevice(stage: Stage, { name, of }: Of<'another_device'>): Promise<void> {
  const options = { ...stage.actors.get(of)!.options, device: name, directory: join(stage.directory, name) };
  stage.transcript.shown(name, `· another device of ${of}'s`);
  return enterStage(stage, new Actor(name, options, stage.transcript));
}

async function type(stage: Stage, step: Of<'enter'>): Promise<void> {
  const actor = calm(stage, step);
  await pause(stage.paceMs);
  const text = step.text.replace(
    /\{([\w-]+)\}/g,
    (_braces, name: string) => stage.actors.get(name)!.options.phone,
  );
  await actor.enter(text);
}

async function expectRow(stage: Stage, step: Of<'expect'>): Promise<void> {
  const actor = runningActor(stage, step);
  const { screen } = actor;
  await actor.until(() => screen.find(step.pattern) !== undefined, step.withinMs);
  const taken = screen.take(step.pattern);
  if (taken === null) throw notShown(step, actor);
  if (taken.alarm !== undefined) throw failed(step, 'before that, this was told:', [taken.alarm]);
}

async function expectNothing(stage: Stage, step: Of<'expect'>): Promise<void> {
  await runningActor(stage, step).desk.terminal.settled();
  const row = runningActor(stage, step).screen.find(step.pattern);
  if (row !== undefined) throw failed(step, 'this was shown all the same:', [row]);
}

async function wait(stage: Stage, step: Of<'wait'>): Promise<void> {
  const actor = calm(stage, step);
  const { condition, withinMs } = step;
  if (await actor.until(() => actor.holds(condition), withinMs)) return actor.desk.terminal.settled();
  throw failed(
    step,
    `not so after ${withinMs} ms: ${actor.standing}.`,
    actor.screen.rows.slice(-shown_rows_max),
  );
}

async function turn(stage: Stage, step: Of<'switch'>): Promise<void> {
  const actor = stage.actors.get(step.who)!;
  if (step.to === 'start') {
    if (actor.isRunning) throw failed(step, 'it runs already.', []);
    stage.transcript.typed(step.who, '(starts)');
    return actor.start();
  }
  calm(stage, step);
  if (step.to === 'typing') return actor.desk.terminal.setWriting(true);
  if (step.to !== 'stop') return actor.enter(`/${step.to}`);
  stage.transcript.typed(step.who, '(stops)');
  return actor.stop();
}

/** The actor, who must run and must not have been told of anything wrong that no expectation was for. */
function calm(stage: Stage, step: Extract<Step, { readonly who: string }>): Actor {
  const actor = runningActor(stage, step);
  const { alarm } = actor.screen;
  if (alarm !== undefined)
    throw failed(step, 'before this step, something went wrong that no “expect” was for:', [alarm]);
  return actor;
}

function runningActor(stage: Stage, step: Extract<Step, { readonly who: string }>): Actor {
  const actor = stage.actors.get(step.who)!;
  if (!actor.isRunning) throw failed(step, 'it is stopped; “start” starts it again.', []);
  return actor;
}

function notShown(step: Of<'expect'>, { screen }: Actor): Failure {
  const rows = screen.rows.slice(-shown_rows_max);
  const what =
    rows.length === 0 ? 'nothing was shown since the last expectation.' : 'shown since the last expectation:';
  return failed(step, `no line matched within ${step.withinMs} ms; ${what}`, rows);
}

function failed({ line, source }: Step, why: string, shown: readonly string[]): Failure {
  return new Failure(`line ${line}: ${source}\n${why}`, shown);
}

function pause(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}

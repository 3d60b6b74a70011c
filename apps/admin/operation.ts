/**
 * What an operator or an auditor can ask for, once for the command line and for HTTP: its name, who may, what it takes, what
 * it does and how a person reads the answer.
 */
import type { NatsConnection } from '@nats-io/nats-core';
import type { Database } from '#db/database.js';

/**
 * An auditor looks at everything but what people wrote, and changes nothing; one with text looks at that, too; an operator may do
 * all of it.
 */
export const adminRoles = ['auditor', 'auditor-with-text', 'operator'] as const;
export type AdminRole = (typeof adminRoles)[number];

/** Who asks, and why: of everything that changes anything it is kept. */
export interface Actor {
  readonly name: string;
  readonly role: AdminRole;
  readonly reason: string | null;
}

/** How far something is that takes longer than two seconds. Told often; whoever shows it thins it out. */
export interface Progress {
  /** What is being done, in a few words that stay the same while it is. */
  readonly what: string;
  readonly done: number;
  /** Absent: not known. */
  readonly total?: number;
  /** What is counted: events, rows, bytes. */
  readonly unit: string;
}

export interface AdminContext {
  readonly nats: NatsConnection;
  readonly db: Database;
  /** The owner's, for what needs a connection of its own. Never printed. */
  readonly databaseUrl: string;
  readonly streamsPerFamily: number;
  readonly actor: Actor;
  /** Aborted by Ctrl-C, or when whoever asked over HTTP is gone. What was begun is left so that it can be asked again. */
  readonly signal: AbortSignal;
  progress(progress: Progress): void;
  /** A line for whoever waits; not part of the result. */
  say(line: string): void;
  /** A line of a result that is too long to be one: the output itself. Resolves when more may come. Absent: one document is awaited. */
  readonly emit?: (line: string) => Promise<void>;
}

/** A parameter as people give it: `--chat <id>`, or a field of a JSON body. */
export interface Parameter {
  /** The key in Params; typed in kebab-case (`evenIfWhole` is `--even-if-whole`), over HTTP in snake_case. */
  readonly name: string;
  readonly help: string;
  /** Shown as `<value>`; absent: a switch. */
  readonly value?: string;
  readonly required?: true;
  /** Typed with a value or without; over HTTP always without, as `true`: whoever asks there does not say where the servers send what. */
  readonly isValueOptional?: true;
  /** Given by place instead of by name on the command line. */
  readonly positional?: true;
  /** Undefined: not what is expected. The text as given; of a switch never asked. */
  readonly parse?: (text: string) => unknown;
  readonly expected?: string;
  /** Who may give it, where that is fewer than may ask for the operation: with it the operation changes something. */
  readonly role?: 'operator';
  /** With it message text is shown, to those who may see it: that somebody looked is kept as an event, with the reason. */
  readonly showsText?: true;
  /** Its value is not kept in the event of the action: only that it was given. */
  readonly private?: true;
}

export interface Operation<Params = object, Result extends object = object> {
  /** As it is typed: `projections rebuild`; over HTTP: POST /admin/v1/projections/rebuild. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  readonly help?: string;
  /** Whole command lines with what they are for. */
  readonly examples: readonly (readonly [commandLine: string, why: string])[];
  readonly role: AdminRole;
  readonly parameters: readonly Parameter[];
  /** What stands when it was broken off, and how to go on; only needed where it changes anything. */
  readonly brokenOff?: string;
  /** Throws WrongParameter for what does not go together, before anything is asked of a server. */
  readonly check?: (params: Params) => void;
  /** Throws OperationRefused for what cannot be done as things are. */
  readonly run: (context: AdminContext, params: Params) => Promise<Result>;
  /** Lines for a person. */
  readonly print: (result: Result) => readonly string[];
  /** 0 unless something was found that a script should notice (a difference, drift): then 1. */
  readonly exitCode?: (result: Result) => 0 | 1;
  /**
   * Also done where no ADMIN stream stands, since it may be what brings the stream back: its event is written when it has
   * ended, if there is one then.
   */
  readonly bootstraps?: true;
  /** Looking is itself an event: that it was asked for is always kept, with the reason where one was given. */
  readonly isLook?: true;
  /** What of its result is kept with its end. */
  readonly keeps?: (result: Result) => Readonly<Record<string, string | number>>;
}

/** One of whatever parameters and result, as the list holds it: its parameters come from its own `parameters`. */
export interface AnyOperation extends Omit<Operation, 'check' | 'run' | 'print' | 'exitCode' | 'keeps'> {
  readonly check?: (params: never) => void;
  readonly run: (context: AdminContext, params: never) => Promise<object>;
  readonly print: (result: never) => readonly string[];
  readonly exitCode?: (result: never) => 0 | 1;
  readonly keeps?: (result: never) => Readonly<Record<string, string | number>>;
}

/** Cannot be done as things are: told to whoever asked, with what to do. */
export class OperationRefused extends Error {
  override readonly name = 'OperationRefused';
}

/** The envelope of commands as it comes over NATS. Each command's own parameters are checked by its method's DTO. */
import { isUuid } from '#domain/kernel/ids.js';
import { Field, Id, isArray, isText, Optional } from '#protocol/fields.js';
import { Nested } from '#protocol/validate.js';
import { commands_per_request_max } from '#streams/requests.js';

const method_chars_max = 64;
const traceparent_chars_max = 64;

const isObject = (value: unknown): boolean =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

class IdentityDto {
  @Id() user_id!: string;
  @Id() device_id!: string;
}

class CommandDto {
  @Id() command_id!: string;
  @Field('a method', (value) => typeof value === 'string' && value.length <= method_chars_max)
  method!: string;
  @Field('an object', isObject) params!: Readonly<Record<string, unknown>>;
  @Optional()
  @Field('a traceparent', (value) => isText(value, 0, traceparent_chars_max))
  traceparent?: string;
}

export class CommandsRequestDto {
  @Field('{user_id, device_id}', isObject)
  @Nested('{user_id, device_id}', () => IdentityDto)
  identity!: IdentityDto;
  @Field('a UUID, or the keyed hash of a phone', (value) => isUuid(value) || isPhoneHash(value))
  aggregate_id!: string;
  @Field(`1 to ${commands_per_request_max} commands`, (value) => isArray(value, 1, commands_per_request_max))
  @Nested('{command_id, method, params, traceparent?}', () => CommandDto)
  commands!: CommandDto[];
}

const isPhoneHash = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

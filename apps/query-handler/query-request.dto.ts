/** The envelope of queries as it comes over NATS. Each method's own parameters are checked by its DTO. */
import { Field, Id } from '#protocol/fields.js';
import { Nested } from '#protocol/validate.js';

const seen_streams_max = 1_024;

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const isPositions = (value: unknown): boolean => {
  if (!isObject(value)) return false;
  const positions = Object.entries(value);
  return (
    positions.length <= seen_streams_max &&
    positions.every(([stream, sequence]) => /^[A-Z]+_\d{1,3}$/.test(stream) && Number.isSafeInteger(sequence))
  );
};

class IdentityDto {
  @Id() user_id!: string;
  @Id() device_id!: string;
}

class SeenDto {
  @Field('{stream: sequence}', isPositions) projected!: Readonly<Record<string, number>>;
  @Field('{stream: sequence}', isPositions) logged!: Readonly<Record<string, number>>;
}

export class QueryRequestDto {
  @Field('{user_id, device_id}', isObject)
  @Nested('{user_id, device_id}', () => IdentityDto)
  identity!: IdentityDto;
  @Field('an object', isObject) params!: Readonly<Record<string, unknown>>;
  @Field('{projected, logged}', isObject)
  @Nested('{projected, logged}', () => SeenDto)
  seen!: SeenDto;
}

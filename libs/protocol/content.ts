/** What a person may send. `service` messages are made by the server alone. */
import type { TextEntity } from '#domain/chat/entities.js';
import type { UserContent } from '#domain/chat/events.js';
import { Entities } from './entities.js';
import { isArray, isText, Field, Id, Optional, Text } from './fields.js';
import { ciphertext_chars_max, envelopes_max, limits } from './limits.js';
import type { Dto } from './dto.js';
import { Nested } from './validate.js';

class TextContent {
  @Field('text', (value) => value === 'text') type!: 'text';
  @Text(1, limits.text_chars_max) text!: string;
  @Entities('text') entities?: TextEntity[];
}

class MediaContent {
  @Field('media', (value) => value === 'media') type!: 'media';
  @Id() media_id!: string;
  @Optional() @Text(1, limits.text_chars_max) caption?: string;
  @Entities('caption') entities?: TextEntity[];
}

class Envelope {
  @Id() device_id!: string;
  @Field(
    `base64url of at most ${ciphertext_chars_max} characters`,
    (value) => isText(value, 1, ciphertext_chars_max) && /^[A-Za-z0-9_-]+$/.test(value),
  )
  ciphertext!: string;
}

class EncryptedContent {
  @Field('encrypted', (value) => value === 'encrypted') type!: 'encrypted';
  @Field(`1 to ${envelopes_max} envelopes`, (value) => isArray(value, 1, envelopes_max))
  @Nested('{device_id, ciphertext}', () => Envelope)
  envelopes!: Envelope[];
}

const contentClasses: ReadonlyMap<unknown, Dto> = new Map<UserContent['type'], Dto>([
  ['text', TextContent],
  ['media', MediaContent],
  ['encrypted', EncryptedContent],
]);

const expectedContent = 'an object whose type is text, media or encrypted';

/** The union of all three, told apart by `type`. */
export function Content(): PropertyDecorator {
  const isObject = Field(
    expectedContent,
    (value) => value !== null && typeof value === 'object' && !Array.isArray(value),
  );
  const nested = Nested(expectedContent, ({ type }) => contentClasses.get(type) ?? null);
  return (prototype, name) => {
    nested(prototype, name);
    isObject(prototype, name);
  };
}

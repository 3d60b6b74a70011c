/** `chat_log` holds events as they are stored: whoever reads them there reads them through the catalogue, as from the streams. */
import { chatCatalogue } from '#domain/chat/catalogue.js';
import type { ChatEvent } from '#domain/chat/events.js';
import { readEvent } from '#domain/kernel/event-catalogue.js';

/** In its present version. Throws CatalogueError for what this release cannot read. */
export const loggedEvent = (event: unknown): ChatEvent => readEvent<ChatEvent>(chatCatalogue, event);

/** From stored versions of chat events to later ones. Released once, an upcaster is never changed. */
import type { Upcaster } from '../kernel/event-catalogue.js';

/**
 * `ChatCreated` 1 told the description beside the summary of the chat. Every other event that shows a chat to somebody has it
 * within, so since version 2 this one has, too.
 */
export const chatCreatedFrom1: Upcaster = ({ description, chat, ...data }) => ({
  ...data,
  chat: description === null ? chat : { ...(chat as object), description },
});

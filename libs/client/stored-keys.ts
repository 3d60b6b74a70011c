/** The keys of the log's records. Seqs are padded, so that the order of keys is theirs. */
const seq_digits = 16;

export const chat_prefix = 'chat/';
export const message_prefix = 'message/';
/** One a message that goes by itself, in the order of their times. */
export const expiry_prefix = 'expiry/';

export const contact_prefix = 'contact/';
export const privacy_key = 'privacy';

export const contactKey = (userId: string): string => contact_prefix + userId;
export const chatKey = (chatId: string): string => chat_prefix + chatId;
export const messagesPrefix = (chatId: string): string => `${message_prefix}${chatId}/`;
export const messageKey = (chatId: string, seq: number): string => messagesPrefix(chatId) + padded(seq);
export const expiryKey = (atMs: number, chatId: string, seq: number): string =>
  `${expiry_prefix}${padded(atMs)}/${chatId}/${padded(seq)}`;

const padded = (number: number): string => String(number).padStart(seq_digits, '0');

/** Whether it came from the log, and can be had again from the server. */
export const isOfLog = (key: string): boolean =>
  /^(sync$|privacy$|chat\/|contact\/|message\/|expiry\/)/.test(key);

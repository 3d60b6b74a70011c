/** The keys of the log's records. Seqs are padded, so that the order of keys is theirs. */
const seq_digits = 16;

export const chat_prefix = 'chat/';
export const message_prefix = 'message/';

export const contact_prefix = 'contact/';
export const privacy_key = 'privacy';

export const contactKey = (userId: string): string => contact_prefix + userId;
export const chatKey = (chatId: string): string => chat_prefix + chatId;
export const messagesPrefix = (chatId: string): string => `${message_prefix}${chatId}/`;
export const messageKey = (chatId: string, seq: number): string =>
  messagesPrefix(chatId) + String(seq).padStart(seq_digits, '0');

/** Whether it came from the log, and can be had again from the server. */
export const isOfLog = (key: string): boolean => /^(sync$|privacy$|chat\/|contact\/|message\/)/.test(key);

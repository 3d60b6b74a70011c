/** The chats of a user, as this device knows them: at once, then brought up to date. `node chat-list.ts +15550101` */
import type { OdnixClient } from '@odnix/client/node';
import { startDevice } from './sign-in.ts';

const client = await startDevice(process.argv[2]);
console.log(`Without the network: ${client.chats().length} chats.`);
await client.connect();
for (const { chat_id, title, unread_count } of client.chats()) {
  const last = client.messages(chat_id).at(-1);
  const words = last?.content?.type === 'text' ? last.content.text : '';
  console.log(`${title ?? (await otherName(client, chat_id))} (${unread_count} unread): ${words}`);
}
await client.close();

/** A direct chat is called as the other person is. */
async function otherName(device: OdnixClient, chat_id: string): Promise<string> {
  const { members } = await device.call('chats.members', { chat_id });
  const other = members.find(({ user_id }) => user_id !== device.userId);
  return other ? (await device.fetchUser(other.user_id)).display_name : 'yourself';
}

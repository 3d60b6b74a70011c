/** What is done without a network is shown at once and carried out later, once. `node offline.ts +15550101` */
import { startDevice } from './sign-in.ts';

const client = await startDevice(process.argv[2]);
const [chat] = client.chats();
if (!chat) throw new Error('No chat is known yet: node send.ts');
const { chat_id } = chat;

// Not connected yet; what follows would survive this process as well.
const first = await client.send(chat_id, 'Written in a tunnel');
await client.edit(chat_id, first, 'Written in a tunnel, and corrected there');
const second = await client.send(chat_id, 'Given up before anybody saw it');
second.sent.catch(({ code }) => console.log(`second: ${code}`));
await client.delete(chat_id, second);
const reaction = await client.react(chat_id, first, '🎉');
show();

void client.connect();
await Promise.all([first.sent, reaction.done]);
show();
await client.close();

function show(): void {
  const message = client.messages(chat_id).at(-1);
  const words = message?.content?.type === 'text' ? message.content.text : '';
  const reactions = message?.reactions.map(({ emoji }) => emoji).join('') ?? '';
  console.log(`${message?.tick}: ${words} ${reactions} (${client.outboxSize} waiting)`);
}

/** Sends a message and watches its ticks until it is read. `node send.ts +15550101 +15550102 Hello` */
import { startDevice } from './sign-in.ts';

const [, , from, to = '+15550102', words = 'Hello'] = process.argv;
const client = await startDevice(from);
client.on('refused', ({ error }) => console.log(`Refused: ${error.code}`));
await client.connect();
const [person] = await client.findByPhone([to]);
if (!person) throw new Error(`Nobody is here with ${to}: node sign-in.ts ${to}`);
const { chat_id } = await client.createDirect(person.user_id);

const { client_msg_id, sent } = await client.send(chat_id, words);
let lastTick: string | null = null;
showTick();
const isRead = new Promise<void>((resolve) => {
  client.on('chat', () => {
    showTick();
    if (lastTick === 'read') resolve();
  });
});
console.log(`It is message #${(await sent).seq} of the chat.`);
await isRead;
await client.close();

function showTick(): void {
  const message = client.messages(chat_id).find((one) => one.client_msg_id === client_msg_id);
  const tick = message?.tick ?? null;
  if (tick !== lastTick) console.log(tick);
  lastTick = tick;
}

/** Reads and answers whatever comes, until it is interrupted. `node answer.ts +15550102` */
import { startDevice } from './sign-in.ts';

const client = await startDevice(process.argv[2] ?? '+15550102');
client.on('message', async ({ message: { chat_id, seq, content }, is_own }) => {
  if (is_own || content?.type !== 'text') return;
  await client.markRead(chat_id, seq);
  await client.setTyping(chat_id);
  await client.react(chat_id, seq, '👍');
  // Kept and sent in order, also when the connection is lost now.
  await client.send(chat_id, `You said: ${content.text}`, { replyToSeq: seq });
});
client.on('connection', ({ status }) => console.log(status));
process.once('SIGINT', () => void client.close());
await client.connect();

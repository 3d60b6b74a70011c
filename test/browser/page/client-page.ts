import {
  Auth,
  browserEnvironment,
  IndexedDbStore,
  OdnixClient,
  StoredCredentials,
} from '#client/browser/index.js';
import type { ClientPage } from '../client-page.js';

const environment = browserEnvironment;
const device = { name: 'page', type: 'web' } as const;
let client: OdnixClient;
let auth: Auth;
let name: string;

const pageApi: ClientPage = {
  start: async (url, phone, waitMs) => {
    try {
      name = `device of ${phone}`;
      const store = await IndexedDbStore.open(name, waitMs === undefined ? {} : { waitMs });
      auth = new Auth(url, new StoredCredentials(store), environment);
      if ((await auth.restore()) === null) {
        const { dev_code } = await auth.requestCode(phone);
        await auth.verify({ phone, code: dev_code ?? '', device });
      }
      client = await OdnixClient.start({
        url,
        environment,
        auth,
        store,
        client: { name: 'page', version: '1' },
      });
      // The log's hash is computed in the browser too: a wrong one shows as another log than the server's.
      client.on('diverged', () => console.error('diverged'));
      client.on('problem', ({ error }) => console.error('problem', String(error)));
      return client.userId;
    } catch (error) {
      return (error as Error).name;
    }
  },
  connect: () => client.connect(),
  status: async () => client.connection.status,
  createDirect: async (userId) => (await client.createDirect(userId)).chat_id,
  send: async (chatId, text) => void (await client.send(chatId, text)),
  messages: async (chatId) =>
    client.messages(chatId).map(({ content, tick }) => {
      const text = content?.type === 'text' ? content.text : (content?.type ?? 'deleted');
      return tick === null ? text : `${text} ${tick}`;
    }),
  outboxSize: async () => client.outboxSize,
  pts: async () => client.pts,
  signOut: async () => {
    await auth.logout();
    await client.close();
    await IndexedDbStore.delete(name);
    return (await indexedDB.databases()).map((left) => left.name ?? '');
  },
};
Object.assign(globalThis, { pageApi });

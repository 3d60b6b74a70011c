/** Serves this directory, with the SDK's package under /sdk, on http://localhost:8080 or the PORT given. */
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const here = import.meta.dirname;
const sdk = process.argv[2] ?? join(here, '../../dist/sdk');
const types = { html: 'text/html; charset=utf-8', js: 'text/javascript', map: 'application/json' };

const server = createServer((request, response) => {
  const [, directory, name] = /^\/(sdk\/)?([\w.-]*)(\?|$)/.exec(request.url) ?? [];
  const file = join(directory ? sdk : here, name || 'index.html');
  const type = types[file.split('.').at(-1)];
  if (name === undefined || type === undefined || !existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' });
  createReadStream(file).pipe(response);
});
server.listen(Number(process.env.PORT ?? 8080), 'localhost', () => {
  console.log(`The example is at http://localhost:${server.address().port}`);
});

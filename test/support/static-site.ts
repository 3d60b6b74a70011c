import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const types: Record<string, string> = { html: 'text/html', js: 'text/javascript' };

export interface StaticSite {
  /** As `http://127.0.0.1:4711`: an origin of its own. */
  readonly origin: string;
  stop(): Promise<void>;
}

/** Serves texts by path, on a free port of loopback. */
export async function serveTexts(files: Readonly<Record<string, string>>): Promise<StaticSite> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://site').pathname;
    const text = files[path];
    const type = types[path.split('.').at(-1) ?? ''] ?? 'text/html';
    response.writeHead(text === undefined ? 404 : 200, { 'content-type': `${type}; charset=utf-8` });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

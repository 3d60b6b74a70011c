/** New messages of a chat, with its name. */
export interface NamedNews {
  readonly name: string;
  readonly count: number;
}

export function notConnectedLine(url: string, isSwitchedOff: boolean): string {
  const why = isSwitchedOff
    ? 'Offline (/online ends it).'
    : `Not connected to ${url}; trying again. (Is it running? npm start)`;
  return `· ${why} What you write is kept, and sent when there is a connection.`;
}

export function connectedLine(news: readonly NamedNews[]): string {
  return news.length === 0 ? '· Connected. Nothing new.' : `· Connected. ${listOf(news)}.`;
}

export function newsLine(news: readonly NamedNews[]): string {
  return `· ${listOf(news)}.`;
}

function listOf(news: readonly NamedNews[]): string {
  return news.map(({ name, count }) => `${count} new in ${name}`).join(', ');
}

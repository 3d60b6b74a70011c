/**
 * Who calls, as a network address: the one answer for HTTP requests and WebSocket upgrades alike. Whoever is not a proxy that the
 * operator listed is the client, whatever their `X-Forwarded-For` says: anybody can write one.
 */
import type { IncomingMessage, Server } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';

/** Of requests over the connections of one server; a connection without an entry has no proxies to trust. */
const trustedOf = new WeakMap<Socket, BlockList>();

/** To be called before the server listens. `proxies`: addresses and CIDR ranges, as the setting's table checks them. */
export function trustProxies(server: Server, proxies: readonly string[]): void {
  const trusted = new BlockList();
  for (const proxy of proxies) {
    const [address = '', prefix] = proxy.split('/');
    const family = familyOf(address);
    if (prefix === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(prefix), family);
  }
  // What is over TLS is another socket than the one it came on.
  for (const event of ['connection', 'secureConnection'])
    server.on(event, (socket: Socket) => trustedOf.set(socket, trusted));
}

/**
 * An IPv4 or IPv6 address; IPv4 within IPv6 as IPv4. Behind trusted proxies the nearest address that is none of them, read
 * from the right, where each proxy adds who asked it.
 */
export function clientAddressOf(request: IncomingMessage | { readonly raw: IncomingMessage }): string {
  const { socket, headers } = 'raw' in request ? request.raw : request;
  const trusted = trustedOf.get(socket);
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
  let address = plain(socket.remoteAddress ?? '');
  while (trusted?.check(address, familyOf(address)) && forwarded.length > 0) {
    const next = plain(forwarded.pop()!.trim());
    // What a trusted proxy could not name is nobody else: it stays the proxy.
    if (isIP(next) === 0) break;
    address = next;
  }
  return address;
}

/** What one customer of a provider holds: the address, or of IPv6 its /64, in which they may take any. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = [], tail] = address
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const missing = tail === undefined ? 0 : 8 - head.length - tail.length;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Without the zone of a link-local one, and IPv4 as itself. */
const plain = (address: string): string => {
  const [bare = ''] = address.split('%');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
};

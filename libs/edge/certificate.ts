import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:tls';
import { Logger } from '@nestjs/common';

export interface TlsFiles {
  /** The certificate with those that lead from it to a known authority, and its private key, both in PEM. */
  readonly tlsCert: string;
  readonly tlsKey: string;
}

/** Files are looked at so often: renamed or linked anew, as certificate managers do, they are the same path. */
const look_ms = 2_000;
/** A client that has not said by then what it can is gone. */
const handshake_ms_max = 10_000;

const logger = new Logger('tls');

/** Both are given, or neither: plain HTTP, as behind a proxy that ends TLS. Throws what to set. */
export function tlsFilesOf({ tlsCert, tlsKey }: Partial<TlsFiles>): TlsFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined) throw new Error('TLS_CERT: expected a path, since TLS_KEY is given');
  if (tlsKey === undefined) throw new Error('TLS_KEY: expected a path, since TLS_CERT is given');
  return { tlsCert, tlsKey };
}

/** What a server is begun with; it refuses files that do not belong together. Throws when they cannot be read. */
export const secureOptions = (files: TlsFiles) => ({
  ...read(files),
  handshakeTimeout: handshake_ms_max,
});

/**
 * New connections get the new certificate once its files have changed, or at SIGHUP; who is connected stays. Files that do not
 * fit together, as half-way through a change, leave the old one in use, and that is logged. Ends with the server.
 */
export function reloadCertificate(server: Server, files: TlsFiles): void {
  const reload = (): void => {
    try {
      server.setSecureContext(read(files));
      logger.log('the certificate was read anew');
    } catch (error) {
      logger.error(`the certificate stays the old one: ${(error as Error).message}`);
    }
  };
  const paths = [files.tlsCert, files.tlsKey];
  for (const path of paths) watchFile(path, { interval: look_ms, persistent: false }, reload);
  process.on('SIGHUP', reload);
  server.once('close', () => {
    for (const path of paths) unwatchFile(path, reload);
    process.off('SIGHUP', reload);
  });
}

const read = ({ tlsCert, tlsKey }: TlsFiles) => ({ cert: readFileSync(tlsCert), key: readFileSync(tlsKey) });

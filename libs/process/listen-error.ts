/** Why a port could not be listened on, by the setting to change: `PORT` and `HOST` behind the prefix. */
export type ListenPrefix = '' | 'HEALTH_' | 'ADMIN_';

export function listenError(error: unknown, prefix: ListenPrefix, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return new Error(`${prefix}PORT: ${port} on ${host} is taken by another program; set another.`);
  if (code === 'EACCES')
    return new Error(`${prefix}PORT: ${port} may not be used by this user; set one above 1023.`);
  if (code === 'EADDRNOTAVAIL') return new Error(`${prefix}HOST: ${host} is not an address of this machine.`);
  return error;
}

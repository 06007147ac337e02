/** Which addresses of the configuration would be spoken to in clear over a network. This machine's are not over one; the others are refused, unless they are named as reached without TLS. */

/** Undefined: it is reached by TLS whose certificate is looked at, or is this machine. `fallbackHost`: where an address without a host leads (`PGHOST`). */
export function plainDatabaseHost(url: string, fallbackHost = ''): string | undefined {
  const { hostname, searchParams } = new URL(url);
  // As the driver reads it: of several the last one counts. An address of a file is a socket of this machine.
  const host = decodeURIComponent(searchParams.getAll('host').at(-1) || hostname || fallbackHost);
  const isVerified = searchParams.getAll('sslmode').at(-1) === 'verify-full';
  return isVerified || host === '' || host.startsWith('/') || isThisMachine(host) ? undefined : host;
}

/** Likewise of a service that is asked over HTTP. */
export function plainServiceHost(url: string): string | undefined {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isThisMachine(hostname) ? undefined : hostname;
}

export const isThisMachine = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);

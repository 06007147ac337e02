/** The store's network as Node has it: TLS on both ends under the pinned authority, HTTP/1.1 inside, and siblings found by multicast DNS. */
export { createLanClient, type LanClient, type LanClientOptions } from './lan-client.ts';
export { generateLanKey, lanKeyOf } from './lan-key.ts';
export { startLanServer, type LanServer, type LanServerOptions, type LanService } from './lan-server.ts';
export { createCertificateReader } from './read-certificates.ts';
export { createDownCache } from './down-cache.ts';
export { startDiscovery } from './discovery.ts';
export { createSqliteNeighbourStore } from './sqlite-neighbours.ts';

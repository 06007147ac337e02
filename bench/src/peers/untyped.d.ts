/** Peers that ship no types: what is used of them. */
declare module 'pouchdb-core' {
  export interface PouchDocument {
    readonly _id: string;
    readonly _rev?: string;
    readonly _deleted?: true;
  }
  export interface PouchReplication {
    cancel(): void;
    on(event: 'error', listen: (error: unknown) => void): PouchReplication;
    on(event: 'complete', listen: () => void): PouchReplication;
  }
  export interface PouchDatabase {
    bulkDocs(documents: readonly PouchDocument[]): Promise<readonly { readonly id: string; readonly error?: unknown }[]>;
    info(): Promise<{ readonly doc_count: number }>;
    allDocs(options: { readonly include_docs?: boolean; readonly keys?: readonly string[] }): Promise<{
      readonly rows: readonly { readonly id: string; readonly value?: { readonly rev: string }; readonly doc?: PouchDocument | null }[];
    }>;
  }
  export interface PouchConstructor {
    new (name: string, options?: Readonly<Record<string, unknown>>): PouchDatabase;
    plugin(plugin: unknown): PouchConstructor;
    defaults(options: Readonly<Record<string, unknown>>): PouchConstructor;
    replicate(from: string | PouchDatabase, to: string | PouchDatabase, options: Readonly<Record<string, unknown>>): PouchReplication;
  }
  const PouchDB: PouchConstructor;
  export default PouchDB;
}
declare module 'pouchdb-adapter-memory' {
  const plugin: unknown;
  export default plugin;
}
declare module 'pouchdb-adapter-leveldb' {
  const plugin: unknown;
  export default plugin;
}
declare module 'pouchdb-adapter-http' {
  const plugin: unknown;
  export default plugin;
}
declare module 'pouchdb-replication' {
  const plugin: unknown;
  export default plugin;
}
declare module 'express-pouchdb' {
  import type { RequestListener } from 'node:http';

  import type { PouchConstructor } from 'pouchdb-core';
  export default function expressPouchDB(pouchdb: PouchConstructor, options: Readonly<Record<string, unknown>>): RequestListener;
}
declare module 'y-leveldb' {
  import type { Doc } from 'yjs';

  export class LeveldbPersistence {
    constructor(folder: string);
    getYDoc(name: string): Promise<Doc>;
    storeUpdate(name: string, update: Uint8Array): Promise<number>;
  }
}

/** What the till's bundle leaves outside of it: native modules, and packages with files of their own. Each is packed by electron-builder.yml. */

/** Loaded by every lane. */
const ALWAYS = ['better-sqlite3', '@node-rs/argon2'] as const;
/** WebAssembly in a file of its own, loaded once somebody counts stock. */
const DOCUMENTS = ['@automerge/automerge/slim'] as const;
/** Loaded by a lane that has devices. */
const DEVICES = ['serialport', 'node-hid', '@napi-rs/canvas'] as const;

export const TILL_LOADS = [...ALWAYS, ...DOCUMENTS, ...DEVICES] as const;

import { createMemoryStore } from './memory-store.ts';
import { PORTS, SCHEMAS } from './testing/fixtures.ts';
import { describeStore } from './testing/store-contract.ts';

describeStore('memory', (onEntity) => {
  const store = createMemoryStore({ schemas: SCHEMAS, hash: PORTS.hash, onEntity });
  return { store: () => store, transact: (work) => work(), reopen: () => {} };
});

import { createMemoryNeighbourStore } from './memory-neighbour-store.ts';
import { describeNeighbourStore } from './testing/neighbour-store-contract.ts';

describeNeighbourStore('memory', (onEntry) => {
  const store = createMemoryNeighbourStore(onEntry);
  return { store: () => store, reopen: () => {} };
});

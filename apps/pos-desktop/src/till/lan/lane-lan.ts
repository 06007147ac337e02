/** The store's network of a lane that has one, loaded with it: TLS, discovery and certificates are of no use to a lane that is by itself. */
import { createSqliteNeighbourStore } from '@holdfast/sync/lan';

import type { Connection } from '../database/connection.ts';
import { createSiblingFolds } from './sibling-folds.ts';
import { createStoreLan, type StoreLan, type StoreLanPorts } from './store-lan.ts';

export function openLaneLan(db: Connection, ports: Omit<StoreLanPorts, 'neighbours'>): StoreLan {
  const { store } = ports;
  const folds = createSiblingFolds(db, { device: () => store.identity()?.device, cut: () => store.cut() });
  return createStoreLan({ ...ports, neighbours: createSqliteNeighbourStore(db, folds) });
}

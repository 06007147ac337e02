import { describe, expect, test, vi } from 'vitest';

import { createWordSorter, SORTED_FROM } from './word-sorter.ts';

/** A database that sorts when it is told to. */
function slowDatabase() {
  const sorts: { readonly done: () => void; readonly fail: (error: Error) => void }[] = [];
  const rows = async (): Promise<readonly never[]> =>
    new Promise((resolve, reject) => {
      sorts.push({ done: () => resolve([]), fail: reject });
    });
  return { database: { rows }, sorts };
}

const begun = async (onFailure: (error: unknown) => void = () => undefined) => {
  const { database, sorts } = slowDatabase();
  const sorter = createWordSorter(database, onFailure);
  expect(sorts, 'what an earlier process left').toHaveLength(1);
  sorts[0]?.done();
  await expect.poll(() => sorter.isIdle).toBe(true);
  return { sorter, sorts };
};

describe('words of changed goods', () => {
  test('are sorted in once so many have changed, and not for each', async () => {
    const { sorter, sorts } = await begun();
    sorter.changed(SORTED_FROM - 1);
    expect(sorts).toHaveLength(1);
    sorter.changed(1);
    expect(sorts).toHaveLength(2);
    sorts[1]?.done();
    await sorter.stop();
  });

  test('that change meanwhile are sorted in next, together', async () => {
    const { sorter, sorts } = await begun();
    sorter.changed(SORTED_FROM);
    for (let time = 0; time < 3; time += 1) sorter.changed(SORTED_FROM);
    expect(sorts).toHaveLength(2);
    sorts[1]?.done();
    await expect.poll(() => sorts).toHaveLength(3);
    sorts[2]?.done();
    await expect.poll(() => sorter.isIdle).toBe(true);
    expect(sorts).toHaveLength(3);
  });

  test('are sorted in with the next ones where that failed', async () => {
    const onFailure = vi.fn<(error: unknown) => void>();
    const { sorter, sorts } = await begun(onFailure);
    sorter.changed(SORTED_FROM);
    const lost = new Error('the connection was lost');
    sorts[1]?.fail(lost);
    await expect.poll(() => sorter.isIdle).toBe(true);
    expect(onFailure.mock.calls).toEqual([[lost]]);
    sorter.changed(1);
    expect(sorts).toHaveLength(3);
    sorts[2]?.done();
    await sorter.stop();
  });

  test('are left to the next process by one that ends', async () => {
    const { sorter, sorts } = await begun();
    sorter.changed(SORTED_FROM);
    sorter.changed(SORTED_FROM);
    const stopped = sorter.stop();
    sorts[1]?.done();
    await stopped;
    sorter.changed(SORTED_FROM);
    expect(sorts).toHaveLength(2);
  });
});

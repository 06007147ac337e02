import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';

import type { Overview } from '../api.ts';
import { LatestSales } from './overview-page.tsx';

test('the latest sales are asked for, as long as the hub has not said that there are none', () => {
  const overview = { businessDate: '2026-12-01', stores: [] } as unknown as Overview;
  const drawn = renderToStaticMarkup(
    <QueryClientProvider client={new QueryClient()}>
      <LatestSales overview={overview} address={{ page: 'overview', filters: {}, sale: null }} timeZones={new Map()} />
    </QueryClientProvider>,
  );
  expect(drawn).toContain('Asking the hub…');
  expect(drawn).not.toContain('No sales today yet');
});

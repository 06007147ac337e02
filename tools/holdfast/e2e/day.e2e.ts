/** A whole day of a store (`store-day.ts`) in a browser. */
import { accessTill } from '../src/till-access.ts';
import { openBrowser, openPage } from './screens.ts';
import { wholeDay } from './store-day.ts';

const LANE_SIZE = { width: 1366, height: 768 };

wholeDay('day', async () => {
  const browser = await openBrowser();
  return {
    open: async ({ data }) => openPage(browser, await (await accessTill(data)).windowUrl(), LANE_SIZE),
    close: () => browser.close(),
  };
});

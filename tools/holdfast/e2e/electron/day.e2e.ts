/** A whole day of a store (`store-day.ts`) in the lanes' own windows. */
import { faultsOf } from '../screens.ts';
import { wholeDay } from '../store-day.ts';
import { openApp, type OpenApp } from './electron-app.ts';

wholeDay('electron-day', async () => {
  const apps: OpenApp[] = [];
  return {
    open: async ({ app: { ready }, data }) => {
      const app = await openApp({ HOLDFAST_TILL_URL: ready.url, HOLDFAST_TILL_DATA: data });
      apps.push(app);
      return { page: app.page, faults: faultsOf(app.page) };
    },
    close: async () => {
      await Promise.all(apps.map((app) => app.close()));
    },
  };
});

import { err, ok } from '@holdfast/base';
import { expect, test } from 'vitest';

import { readSurroundings } from './surroundings.ts';

test('alone, the app runs its own till in its own folder', () => {
  expect(readSurroundings({}, '/data/till')).toEqual(ok({ type: 'own', dataFolder: '/data/till', extraArguments: [] }));
});

test('its own till is told of the hub and its code', () => {
  const env = { HOLDFAST_TILL_DATA: '/d', HOLDFAST_HUB_URL: 'http://localhost:1', HOLDFAST_ENROL_CODE: 'AB-12' };
  expect(readSurroundings(env, '/data/till')).toEqual(
    ok({ type: 'own', dataFolder: '/d', extraArguments: ['--hub', 'http://localhost:1', '--enrol', 'AB-12'] }),
  );
});

test('a link attaches to the till that runs', () => {
  expect(readSurroundings({ HOLDFAST_TILL_URL: 'http://localhost:4711/?token=T' }, '/data/till')).toEqual(
    ok({ type: 'attached', url: 'http://localhost:4711/?token=T', dataFolder: null }),
  );
});

test.each(['https://till.example/?token=T', 'http://localhost.example/', 'file:///etc/passwd', 'http://10.0.0.1:80/', 'nonsense'])(
  'a till is on this machine, not at %s',
  (url) => {
    expect(readSurroundings({ HOLDFAST_TILL_URL: url }, '/data/till')).toEqual(
      err({ type: 'badSurroundings', problem: 'HOLDFAST_TILL_URL is no http address on localhost' }),
    );
  },
);

test('a hub in clear on another machine is passed on as what somebody said', () => {
  const env = { HOLDFAST_HUB_URL: 'http://10.0.0.5:1', HOLDFAST_PLAIN_HUB: '1' };
  expect(readSurroundings(env, '/own')).toEqual(
    ok({ type: 'own', dataFolder: '/own', extraArguments: ['--hub', 'http://10.0.0.5:1', '--plain-hub'] }),
  );
});

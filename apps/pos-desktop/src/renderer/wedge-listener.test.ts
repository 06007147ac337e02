/** The wedge's listener, on a window that is made up: events come in, and what it hands on comes out. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { listenToWedge } from './wedge-listener.ts';

const MILK = '4006381333931';
let target: EventTarget;
let heard: string[];

const press = (key: string): void => {
  const event = new Event('keydown', { cancelable: true });
  target.dispatchEvent(Object.assign(event, { key, repeat: false, getModifierState: () => false }));
};
const listen = (): (() => void) =>
  listenToWedge({
    onScan: (code) => heard.push(`scan ${code}`),
    onTorn: () => heard.push('torn'),
    onTyped: (text) => heard.push(`typed ${text}`),
    onUntyped: (text) => heard.push(`untyped ${text}`),
    onPasted: (text) => heard.push(`pasted ${text}`) > 0,
    onKey: () => false,
  });

beforeEach(() => {
  heard = [];
  target = new EventTarget();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.stubGlobal('window', Object.assign(target, { setTimeout, clearTimeout }));
  vi.stubGlobal('document', { activeElement: null, querySelector: () => null });
  // No field and no button has the focus.
  for (const name of ['HTMLButtonElement', 'HTMLInputElement', 'HTMLTextAreaElement']) vi.stubGlobal(name, Error);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('what is typed is handed on once nothing more has come, and a scan as its last key comes', () => {
  const stop = listen();
  press('2');
  expect(heard).toEqual([]);
  vi.runAllTimers();
  expect(heard).toEqual(['typed 2']);
  stop();
  const again = listen();
  for (const key of [...MILK, 'Enter']) press(key);
  expect(heard).toEqual(['typed 2', `scan ${MILK}`]);
  again();
});

test('whoever stops listening hands on what was held back, once, and a scan that was not over is torn', () => {
  listen()();
  expect(heard).toEqual([]);
  const stop = listen();
  press('2');
  stop();
  expect(heard).toEqual(['typed 2']);
  vi.runAllTimers();
  press('3');
  expect(heard).toEqual(['typed 2']);
  const torn = listen();
  for (const key of MILK.slice(0, 8)) press(key);
  torn();
  expect(heard).toEqual(['typed 2', 'torn']);
});

test('what is pasted for no field is handed on, and stands nowhere else', () => {
  const stop = listen();
  const paste = (): Event => {
    const event = Object.assign(new Event('paste', { cancelable: true }), { clipboardData: { getData: () => MILK } });
    target.dispatchEvent(event);
    return event;
  };
  expect(paste().defaultPrevented).toBe(true);
  expect(heard).toEqual([`pasted ${MILK}`]);
  stop();
  expect(paste().defaultPrevented).toBe(false);
  expect(heard).toHaveLength(1);
});

/**
 * Electron's security checklist (https://www.electronjs.org/docs/latest/tutorial/security), point by point, in the running app.
 * A test's name begins with its point; the last test holds that all twenty have one.
 *
 *  1 only load secure content                  page, requests below the page's policy, a server that counts its visitors
 *  2 no Node.js in the page                    globals of the page, preferences of its contents
 *  3 context isolation                         the preload's world does not see the page's
 *  4 process sandboxing                        preferences; seccomp and namespaces of the shipped app's processes (Linux)
 *  5 permission requests                       every kind asked, checked and refused; the camera while it is shown
 *  6 webSecurity                               preferences, a foreign origin's answer is not read
 *  7 Content-Security-Policy                   header, eval, inline script, style and handler, foreign script, nonces
 *  8 allowRunningInsecureContent               preferences, a picture over http
 *  9 no experimental features                  preferences, switches
 * 10 no enableBlinkFeatures                    preferences, switches, sources
 * 11 <webview> without allowpopups             there is no <webview>
 * 12 <webview> options verified                attaching one is refused, also where a window allowed it
 * 13 navigation limited                        links, forms, scripts, frames
 * 14 new windows limited                       window.open, target=_blank
 * 15 no openExternal with untrusted content    sources
 * 16 a current Electron                        package.json, electron-builder.yml
 * 17 IPC senders validated                     another window, another frame; the channels there are
 * 18 no file://                                page, fetch, a window's load
 * 19 fuses                                     read from the packaged executable, and tried on it
 * 20 no Electron APIs for untrusted content    the page's globals beside those of a page without preload
 */
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { askTill, electronPath, openApp, posFolder, standInTill, type OpenApp } from './electron-app.ts';
import {
  builderConfig,
  packageApp,
  readFuses,
  runPackage,
  sandboxIsPossible,
  type PackagedApp,
  type RunningPackage,
} from './packaged-app.ts';

let open: OpenApp;
/** Stands for the internet: whatever reaches it got past us. */
let outside: Server;
let outsideUrl: string;
let visits = 0;

beforeAll(async () => {
  outside = createServer((_request, response) => {
    visits += 1;
    response
      .writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'text/javascript' })
      .end('window.foreignScriptRan = true');
  });
  outside.listen(0, '127.0.0.1');
  await once(outside, 'listening');
  outsideUrl = `http://localhost:${(outside.address() as AddressInfo).port}/`;
  open = await openApp({ HOLDFAST_TILL_SCRIPT: standInTill, HOLDFAST_TILL_DATA: '/nowhere/till' });
  await askTill(open.page);
});

afterAll(async () => {
  await open.close();
  outside.close();
});

const preferences = (): Promise<Record<string, unknown>> =>
  open.app.evaluate(({ BrowserWindow }) => {
    // Not in Electron's types, but it is what the contents really run with.
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> };
    return { ...contents.getLastWebPreferences() };
  });

const sources = async (): Promise<string> => {
  const folders = ['src/main', 'src/preload'].map((folder) => join(posFolder, folder));
  const files = await Promise.all(folders.map(async (folder) => (await readdir(folder)).map((name) => join(folder, name))));
  const texts = await Promise.all(
    files
      .flat()
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => readFile(file, 'utf8')),
  );
  return texts.join('\n');
};

describe('content', () => {
  test('1: the page is the app’s own, in a secure context', async () => {
    expect(open.page.url()).toBe('app://holdfast/');
    expect(await open.page.evaluate(() => [window.origin, window.isSecureContext])).toEqual(['app://holdfast', true]);
  });

  test('1: nothing is loaded from elsewhere, not even below the page’s policy', async () => {
    const before = visits;
    const outcomes = await open.app.evaluate(async ({ session }, url) => {
      const load = (target: string): Promise<string> =>
        session.defaultSession.fetch(target).then(
          () => 'loaded',
          (error: Error) => error.message,
        );
      return [await load(url), await load('https://example.com/'), await load('app://holdfast/')];
    }, outsideUrl);
    expect(outcomes).toEqual(['net::ERR_BLOCKED_BY_CLIENT', 'net::ERR_BLOCKED_BY_CLIENT', 'loaded']);
    expect(visits).toBe(before);
  });

  test('6: the same-origin policy is on, and a foreign origin is not reached', async () => {
    expect((await preferences())['webSecurity']).toBe(true);
    const before = visits;
    expect(
      await open.page.evaluate(
        (url) =>
          fetch(url).then(
            () => 'read',
            (error: Error) => error.name,
          ),
        outsideUrl,
      ),
    ).toBe('TypeError');
    expect(visits).toBe(before);
  });

  test('8: insecure content does not run, and an http picture does not load', async () => {
    expect((await preferences())['allowRunningInsecureContent']).toBe(false);
    const before = visits;
    const outcome = await open.page.evaluate(
      (url) =>
        new Promise((resolve) => {
          const picture = new Image();
          picture.addEventListener('load', () => resolve('load'));
          picture.addEventListener('error', () => resolve('error'));
          picture.src = url;
        }),
      outsideUrl,
    );
    expect(outcome).toBe('error');
    expect(visits).toBe(before);
  });

  test('18: file:// is neither the page nor fetched nor opened', async () => {
    expect(
      await open.page.evaluate(() =>
        fetch('file:///etc/hostname').then(
          () => 'read',
          (error: Error) => error.name,
        ),
      ),
    ).toBe('TypeError');
    const opened = await open.app.evaluate(async ({ BrowserWindow }) => {
      const window = new BrowserWindow({ show: false });
      const outcome = await window.loadURL('file:///etc/hostname').then(
        () => 'opened',
        (error: Error) => error.message,
      );
      window.destroy();
      return outcome;
    });
    expect(opened).toContain('ERR_BLOCKED_BY_CLIENT');
    expect(await sources()).not.toMatch(/file:\/\/|loadFile/u);
  });
});

describe('the page’s process', () => {
  test('2: has no Node.js', async () => {
    const globals = ['require', 'process', 'module', 'exports', 'global', 'Buffer', '__dirname', 'setImmediate'];
    expect(await open.page.evaluate((names) => names.filter((name) => name in window), globals)).toEqual([]);
    const { nodeIntegration, nodeIntegrationInSubFrames, nodeIntegrationInWorker = false } = await preferences();
    expect([nodeIntegration, nodeIntegrationInSubFrames, nodeIntegrationInWorker]).toEqual([false, false, false]);
  });

  test('3: keeps the preload’s world apart from the page’s', async () => {
    expect((await preferences())['contextIsolation']).toBe(true);
    const seen = await open.app.evaluate(async ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      await contents?.executeJavaScript('window.fromThePage = true; Array.prototype.map = () => "poisoned"; 0');
      // The world that Electron isolates preloads in.
      const outcome: unknown = await contents?.executeJavaScriptInIsolatedWorld(999, [
        { code: '[typeof fromThePage, String([1].map((n) => n + 1))]' },
      ]);
      return outcome;
    });
    expect(seen).toEqual(['undefined', '2']);
    await open.page.reload();
    await askTill(open.page);
  });

  test('4: is sandboxed by its preferences', async () => {
    expect((await preferences())['sandbox']).toBe(true);
    expect(await sources()).toContain('app.enableSandbox()');
  });

  test('9: has no experimental features', async () => {
    expect((await preferences())['experimentalFeatures']).toBe(false);
    const switches = ['enable-experimental-web-platform-features', 'enable-features', 'js-flags'];
    expect(await sources()).not.toMatch(/appendSwitch|appendArgument/u);
    expect(
      await open.app.evaluate(
        ({ app }, names) => names.filter((name) => app.commandLine.hasSwitch(name) && name !== 'enable-features'),
        switches,
      ),
    ).toEqual([]);
  });

  test('10: enables no Blink features', async () => {
    expect((await preferences())['enableBlinkFeatures'] ?? '').toBe('');
    expect(await open.app.evaluate(({ app }) => app.commandLine.hasSwitch('enable-blink-features'))).toBe(false);
    expect(await sources()).not.toContain('BlinkFeatures');
  });

  test('20: gets no Electron API: its globals are those of a page without preload', async () => {
    const extra = await open.app.evaluate(async ({ BrowserWindow }) => {
      const code =
        '(() => { const names = []; for (let o = window; o !== null; o = Object.getPrototypeOf(o)) names.push(...Object.getOwnPropertyNames(o)); return names; })()';
      const ours: string[] = await BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(code);
      const bare = new BrowserWindow({ show: false, webPreferences: { sandbox: true } });
      await bare.loadURL('app://holdfast/');
      const theirs = new Set<string>(await bare.webContents.executeJavaScript(code));
      bare.destroy();
      return ours.filter((name) => !theirs.has(name));
    });
    // What this suite itself put there.
    expect(extra.filter((name) => name !== 'keptPorts')).toEqual([]);
    expect(await sources()).not.toMatch(/exposeInMainWorld|contextBridge/u);
  });
});

describe('permissions', () => {
  test('5: every permission that the page can look up is denied', async () => {
    const names = [
      'geolocation',
      'notifications',
      'camera',
      'microphone',
      'midi',
      'clipboard-read',
      'clipboard-write',
      'persistent-storage',
      'screen-wake-lock',
      'idle-detection',
    ];
    const states = await open.page.evaluate(
      (asked) => Promise.all(asked.map((name) => navigator.permissions.query({ name: name as PermissionName }).then(({ state }) => state))),
      names,
    );
    expect(Object.fromEntries(names.map((name, i) => [name, states[i]]))).toEqual(
      Object.fromEntries(names.map((name) => [name, 'denied'])),
    );
  });

  test('5: every permission that the page asks for is denied', async () => {
    const outcomes = await open.page.evaluate(async () => {
      const refusal = (asked: Promise<unknown>): Promise<string> =>
        asked.then(
          () => 'granted',
          (error: Error) => error.name,
        );
      const place = new Promise((granted, refused) => {
        navigator.geolocation.getCurrentPosition(granted, ({ code }) =>
          refused(new DOMException('', code === 1 ? 'NotAllowedError' : `code ${code}`)),
        );
      });
      return [
        await refusal(place),
        await Notification.requestPermission(),
        await refusal(navigator.mediaDevices.getUserMedia({ audio: true })),
        await refusal(navigator.mediaDevices.getDisplayMedia()),
        await refusal(navigator.clipboard.readText()),
        await refusal((navigator as unknown as { requestMIDIAccess(): Promise<unknown> }).requestMIDIAccess()),
      ];
    });
    expect(outcomes[1]).toBe('denied');
    expect(outcomes.filter((outcome) => outcome === 'granted')).toEqual([]);
    expect(outcomes[0]).toBe('NotAllowedError');
  });

  test('5: the camera is the page’s while its address says that it is shown: pictures, and no sound', async () => {
    const outcomes = await open.page.evaluate(async () => {
      // A machine without a camera says so once it is allowed to look for one.
      const ask = (wanted: MediaStreamConstraints): Promise<string> =>
        navigator.mediaDevices.getUserMedia(wanted).then(
          (stream) => {
            for (const track of stream.getTracks()) track.stop();
            return 'allowed';
          },
          (error: Error) => (error.name === 'NotAllowedError' ? 'denied' : 'allowed'),
        );
      const before = await ask({ video: true });
      history.replaceState(null, '', '#camera');
      const shown = [await ask({ video: true }), await ask({ audio: true }), await ask({ video: true, audio: true })];
      history.replaceState(null, '', location.pathname);
      return [before, ...shown, await ask({ video: true })];
    });
    expect(outcomes).toEqual(['denied', 'allowed', 'denied', 'denied', 'denied']);
  });

  test('5: no device is chosen for the page, and nothing is downloaded', async () => {
    const outcomes = await open.page.evaluate(async () => {
      const refusal = (asked: () => Promise<unknown>): Promise<string> =>
        asked().then(
          (got) => (Array.isArray(got) ? `${got.length} devices` : 'granted'),
          (error: Error) => error.name,
        );
      const devices = navigator as unknown as Record<
        'hid' | 'serial' | 'usb',
        { requestDevice(o: object): Promise<unknown>; requestPort(): Promise<unknown> }
      >;
      return [
        await refusal(() => devices.serial.requestPort()),
        await refusal(() => devices.hid.requestDevice({ filters: [] })),
        await refusal(() => devices.usb.requestDevice({ filters: [] })),
      ];
    });
    expect(outcomes).not.toContain('granted');
    const prevented = await open.app.evaluate(({ session }) => {
      let isPrevented = false;
      session.defaultSession.emit('will-download', { preventDefault: () => (isPrevented = true) });
      return isPrevented;
    });
    expect(prevented).toBe(true);
  });
});

describe('the page’s policy', () => {
  const policyOf = (): Promise<string> =>
    open.page.evaluate(() => fetch('/').then((response) => response.headers.get('content-security-policy') ?? ''));

  test('7: comes as a header, without unsafe words or foreign places, with a nonce of its own each time', async () => {
    const [first, second] = [await policyOf(), await policyOf()];
    expect(first).toContain("default-src 'none'");
    expect(first).not.toMatch(/unsafe|https?:|wss?:|\*/u);
    expect(first).not.toBe(second);
  });

  test('7: stops eval, and code in text', async () => {
    // From a timer: the debugger that runs this test is excused from the policy.
    const outcomes = await open.page.evaluate(
      () =>
        new Promise((resolve) => {
          setTimeout(() => {
            // oxlint-disable-next-line no-eval, no-new-func, typescript/no-implied-eval -- that these fail is what is tested
            const attempts = [() => globalThis.eval('1'), () => new Function('return 1')()];
            resolve(
              attempts.map((attempt) => {
                try {
                  return String(attempt());
                } catch (error) {
                  return (error as Error).name;
                }
              }),
            );
          });
        }),
    );
    expect(outcomes).toEqual(['EvalError', 'EvalError']);
  });

  test('7: stops inline scripts, handlers, styles, foreign scripts, data: scripts, workers out of blobs, and frames', async () => {
    const before = visits;
    const violations = await open.page.evaluate(async (url) => {
      const violated = (provoke: () => void): Promise<string> =>
        new Promise((resolve) => {
          document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true });
          provoke();
        });
      const add = <K extends keyof HTMLElementTagNameMap>(tag: K, set: (element: HTMLElementTagNameMap[K]) => void): void => {
        const element = document.createElement(tag);
        set(element);
        document.body.append(element);
      };
      return [
        await violated(() => add('script', (script) => (script.textContent = 'window.inlineScriptRan = true'))),
        await violated(() => add('script', (script) => (script.src = url))),
        await violated(() => add('script', (script) => (script.src = 'data:text/javascript,window.dataScriptRan=true'))),
        await violated(() => {
          add('button', (button) => {
            button.setAttribute('onclick', 'window.handlerRan = true');
            button.click();
          });
        }),
        await violated(() => add('style', (style) => (style.textContent = 'body { color: red }'))),
        await violated(() => add('div', (div) => div.setAttribute('style', 'color: red'))),
        await violated(() => add('iframe', (frame) => (frame.src = url))),
        await violated(() => {
          try {
            void new Worker(URL.createObjectURL(new Blob(['1'])));
          } catch {
            // Thrown as well as reported.
          }
        }),
      ];
    }, outsideUrl);
    expect(violations).toEqual([
      'script-src-elem',
      'script-src-elem',
      'script-src-elem',
      'script-src-attr',
      'style-src-elem',
      'style-src-attr',
      'frame-src',
      'worker-src',
    ]);
    const ran = ['inlineScriptRan', 'foreignScriptRan', 'dataScriptRan', 'handlerRan'];
    expect(await open.page.evaluate((names) => names.filter((name) => name in window), ran)).toEqual([]);
    expect(visits).toBe(before);
    await open.page.reload();
    await askTill(open.page);
  });
});

describe('windows and navigation', () => {
  /** Provokes a navigation in the page; whether main refused it. */
  const navigate = async (code: string): Promise<boolean> => {
    const refused = await open.app.evaluate(async ({ BrowserWindow }, provocation) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      if (contents === undefined) throw new Error('no window');
      const judged = new Promise<boolean>((resolve) => contents.once('will-frame-navigate', (event) => resolve(event.defaultPrevented)));
      await contents.executeJavaScript(`${provocation}; 0`, true);
      return judged;
    }, code);
    return refused;
  };

  test('13: the page goes nowhere: not by script, by link, or to another file of ours', async () => {
    const before = visits;
    expect(await navigate(`location.href = '${outsideUrl}'`)).toBe(true);
    expect(await navigate(`location.assign('https://example.com/')`)).toBe(true);
    expect(await navigate(`{ const a = document.createElement('a'); a.href = '${outsideUrl}'; document.body.append(a); a.click(); }`)).toBe(
      true,
    );
    expect(await navigate(`location.href = 'app://holdfast/holdfast.svg'`)).toBe(true);
    expect(await navigate(`location.href = 'app://holdfast.evil/'`)).toBe(true);
    expect(open.page.url()).toBe('app://holdfast/');
    expect(visits).toBe(before);
  });

  test('13: forms lead nowhere, by the page’s policy', async () => {
    const directive = await open.page.evaluate(
      (url) =>
        new Promise((resolve) => {
          document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective), { once: true });
          const form = document.createElement('form');
          form.action = url;
          document.body.append(form);
          form.submit();
        }),
      outsideUrl,
    );
    expect(directive).toBe('form-action');
  });

  test('13: the page may be loaded again', async () => {
    const reloaded = open.page.waitForEvent('load');
    expect(await navigate('location.reload()')).toBe(false);
    await reloaded;
    await askTill(open.page);
    expect(open.page.url()).toBe('app://holdfast/');
  });

  test('14: no new window opens: not by script, not by link', async () => {
    const before = visits;
    const opened = await open.page.evaluate((url) => {
      const link = document.createElement('a');
      link.href = url;
      link.target = '_blank';
      document.body.append(link);
      link.click();
      return [window.open(url), window.open('about:blank'), window.open('/')].map((child) => child === null);
    }, outsideUrl);
    expect(opened).toEqual([true, true, true]);
    expect(await open.app.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1);
    expect(visits).toBe(before);
  });

  test('11: there is no <webview>, with popups or without', async () => {
    expect((await preferences())['webviewTag']).toBe(false);
    const kind = await open.page.evaluate((url) => {
      const element = document.createElement('webview');
      element.setAttribute('allowpopups', '');
      element.setAttribute('src', url);
      document.body.append(element);
      return [element.constructor.name, 'reload' in element];
    }, outsideUrl);
    expect(kind).toEqual(['HTMLElement', false]);
    expect(await open.app.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1);
  });

  test('12: a <webview> is refused, also in a window that allowed one', async () => {
    const refused = await open.app.evaluate(async ({ BrowserWindow, webContents }) => {
      const window = new BrowserWindow({ show: false, webPreferences: { webviewTag: true } });
      await window.loadURL('app://holdfast/');
      const judged = new Promise<boolean>((resolve) =>
        window.webContents.once('will-attach-webview', (event) => resolve(event.defaultPrevented)),
      );
      await window.webContents.executeJavaScript(
        `{ const view = document.createElement('webview'); view.src = 'app://holdfast/'; document.body.append(view); } 0`,
      );
      const isRefused = await judged;
      const kinds = webContents.getAllWebContents().map((contents) => contents.getType());
      window.destroy();
      return [isRefused, kinds.includes('webview')];
    });
    expect(refused).toEqual([true, false]);
  });

  test('15: nothing is handed to the system’s other programs', async () => {
    expect(await sources()).not.toMatch(/openExternal|openPath|\bshell\b|child_process/u);
  });
});

describe('messages to the main process', () => {
  const refusals = (): number => open.log.lines.filter(({ message }) => message.includes('foreign sender')).length;
  const nextRefusal = (count: number): Promise<unknown> => open.log.find(() => refusals() > count);

  test('17: there is one channel', async () => {
    const channels = await open.app.evaluate(({ ipcMain }) =>
      ipcMain
        .eventNames()
        .map(String)
        .filter((name) => name !== 'error'),
    );
    expect(channels).toEqual(['holdfast-till-port']);
  });

  test('17: another window, with our own preload and our own page, gets no port', async () => {
    const before = refusals();
    await open.app.evaluate(async ({ app, BrowserWindow }) => {
      const window = new BrowserWindow({
        show: false,
        webPreferences: { preload: `${app.getAppPath()}/dist/preload/preload.cjs`, sandbox: true },
      });
      await window.loadURL('app://holdfast/');
    });
    await nextRefusal(before);
    expect(open.log.lines.findLast(({ message }) => message.includes('foreign sender'))).toMatchObject({ url: 'app://holdfast/' });
    await open.app.evaluate(({ BrowserWindow }) => {
      for (const window of BrowserWindow.getAllWindows()) if (!window.isVisible()) window.destroy();
    });
  });

  test('17: a frame in our own window, a frame that is gone, and a page that is not ours get no port', async () => {
    const ports = (): Promise<number> => open.page.evaluate(() => (window as unknown as { keptPorts: unknown[] }).keptPorts.length);
    const [before, portsBefore] = [refusals(), await ports()];
    await open.app.evaluate(({ BrowserWindow, ipcMain }) => {
      const sender = BrowserWindow.getAllWindows()[0]?.webContents;
      const frames = [{ url: 'app://holdfast/' }, null, { url: 'https://evil.example/' }];
      for (const senderFrame of frames) ipcMain.emit('holdfast-till-port', { sender, senderFrame });
    });
    await nextRefusal(before + 2);
    expect(await ports()).toBe(portsBefore);
  });
});

test('16: Electron is a current one, and the packages take the one of package.json', async () => {
  const manifest = JSON.parse(await readFile(join(posFolder, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> };
  const installed = JSON.parse(await readFile(join(posFolder, 'node_modules/electron/package.json'), 'utf8')) as { version: string };
  expect(Number(/^\^(\d+)\./u.exec(manifest.devDependencies['electron'] ?? '')?.[1])).toBeGreaterThanOrEqual(45);
  expect(installed.version.split('.')[0]).toBe(/^\^(\d+)\./u.exec(manifest.devDependencies['electron'] ?? '')?.[1]);
  expect(await readFile(builderConfig, 'utf8')).not.toMatch(/electronVersion|electronDist/u);
});

describe.runIf(process.platform === 'linux')('the app as it is shipped', () => {
  let packaged: PackagedApp;
  let running: RunningPackage | undefined;

  beforeAll(async () => {
    packaged = await packageApp();
    running = await runPackage(packaged, {
      flags: ['--inspect=0'],
      env: {
        HOLDFAST_TILL_URL: 'http://localhost:9/?token=none',
        ELECTRON_RUN_AS_NODE: '1',
      },
    });
  }, 240_000);

  afterAll(async () => {
    await running?.close();
    await packaged.remove();
  });

  test('19: the fuses are set in the executable; in the Electron that it was made of they are not', async () => {
    expect(await readFuses(packaged.executable)).toMatchObject({
      RunAsNode: 'Disabled',
      EnableCookieEncryption: 'Enabled',
      EnableNodeOptionsEnvironmentVariable: 'Disabled',
      EnableNodeCliInspectArguments: 'Disabled',
      EnableEmbeddedAsarIntegrityValidation: 'Enabled',
      OnlyLoadAppFromAsar: 'Enabled',
      LoadBrowserProcessSpecificV8Snapshot: 'Disabled',
      GrantFileProtocolExtraPrivileges: 'Disabled',
    });
    expect(await readFuses(electronPath())).toMatchObject({ RunAsNode: 'Enabled', OnlyLoadAppFromAsar: 'Disabled' });
  });

  test('19: it is no Node, and opens no debugger', async () => {
    // Started with both wishes, it is the app, on its page.
    expect(running!.page.url()).toBe('app://holdfast/');
    expect(running!.output()).not.toContain('Debugger listening');
  });

  test('19: only the native module lies outside of the archive', async () => {
    const unpacked = await readdir(join(packaged.resources, 'app.asar.unpacked'), { recursive: true, withFileTypes: true });
    const files = unpacked.filter((entry) => entry.isFile()).map(({ name }) => name);
    expect(files).toContain(`linux-${process.arch}.node`);
    expect(files.filter((name) => !name.endsWith('.node'))).toEqual([]);
    const archive = await readFile(join(packaged.resources, 'app.asar'), 'latin1');
    for (const name of ['main.cjs', 'preload.cjs', 'till.js', 'sync-worker.js', 'index.html'])
      expect(archive.slice(0, 1_048_576)).toContain(`"${name}"`);
  });

  test.runIf(sandboxIsPossible())(
    '4: its page’s process is sandboxed by the kernel: seccomp filters, and a process namespace of its own',
    async () => {
      const processes = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
      const renderers: string[] = [];
      for (const pid of processes) {
        const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        if (!commandLine.includes(packaged.scratch) || !commandLine.includes('--type=renderer')) continue;
        expect(commandLine).not.toContain('no-sandbox');
        renderers.push(await readFile(`/proc/${pid}/status`, 'utf8'));
      }
      expect(renderers).toHaveLength(1);
      expect(renderers[0]).toMatch(/^Seccomp:\s+2$/mu);
      expect(renderers[0]).toMatch(/^NSpid:(\s+\d+){2,}$/mu);
    },
  );
});

test('all twenty points have a test', async () => {
  const source = await readFile(import.meta.filename, 'utf8');
  const points = new Set([...source.matchAll(/^\s*(?:'|test\()'?(\d+): /gmu)].map(([, number]) => Number(number)));
  expect([...points].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});

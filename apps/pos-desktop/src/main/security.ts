/**
 * What a window may not do. Every rule holds for each session and each contents of the app, also for those that a bug may create;
 * the table that pairs Electron's twenty recommendations with their tests is in tools/holdfast/e2e/electron/security.e2e.ts.
 */
import { app, type IpcMainEvent, type Session, type WebContents, type WebPreferences } from 'electron';

import { isAppUrl, isCameraUrl, isStartUrl, START_URL } from './app-origin.ts';

/** Written out also where they are Electron's defaults: a default may change, this may not. */
export const lockedWebPreferences = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInSubFrames: false,
  nodeIntegrationInWorker: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  plugins: false,
  navigateOnDragDrop: false,
  // Its dictionaries would come from the internet, and nobody spells at a till.
  spellcheck: false,
} as const satisfies WebPreferences;

/** What a session may load: our own files, what the page itself holds in memory, and (never in a shipped app) the developer tools. */
const mayLoad = (url: string): boolean =>
  isAppUrl(url) || url.startsWith('data:') || url.startsWith(`blob:${START_URL}`) || (!app.isPackaged && url.startsWith('devtools:'));

const isCamera = (mediaTypes: readonly string[]): boolean => mediaTypes.length > 0 && mediaTypes.every((type) => type === 'video');

/** The one permission there is: pictures, never sound, for the page itself and only while its setup screen shows the camera. */
const mayFilm = (contents: WebContents, { isMainFrame }: { readonly isMainFrame: boolean }): boolean =>
  isMainFrame && isCameraUrl(contents.getURL());

const lockSession = (session: Session): void => {
  session.setPermissionRequestHandler((contents, permission, answer, details) =>
    answer(permission === 'media' && 'mediaTypes' in details && isCamera(details.mediaTypes ?? []) && mayFilm(contents, details)),
  );
  session.setPermissionCheckHandler(
    (contents, permission, _origin, details) =>
      permission === 'media' && details.mediaType === 'video' && contents !== null && mayFilm(contents, details),
  );
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler(null);
  session.setSpellCheckerEnabled(false);
  session.on('will-download', (event) => event.preventDefault());
  session.on('select-hid-device', (event, _details, choose) => {
    event.preventDefault();
    choose(null);
  });
  session.on('select-serial-port', (event, _ports, _contents, choose) => {
    event.preventDefault();
    choose('');
  });
  session.on('select-usb-device', (event, _details, choose) => {
    event.preventDefault();
    choose();
  });
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !mayLoad(url) }));
};

const lockContents = (contents: WebContents): void => {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  // Loading the page again is the one navigation there is. This event comes for every frame, and before `will-navigate`.
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || !isStartUrl(event.url)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.on('select-bluetooth-device', (event, _devices, choose) => {
    event.preventDefault();
    choose('');
  });
};

/** Call before the app is ready. */
export const lockDown = (): void => {
  // Every process of the app in the sandbox, whatever its preferences say. It cannot be had by root (tests in a container): who
  // starts the app with --no-sandbox has asked to go without, and the page still has no Node.
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
  app.on('session-created', lockSession);
  app.on('web-contents-created', (_event, contents) => lockContents(contents));
};

/** An IPC message counts only from our page itself, in the main frame of its window. Which windows may send is the listener's to say. */
export const isTrustedSender = ({ sender, senderFrame }: Pick<IpcMainEvent, 'sender' | 'senderFrame'>): boolean =>
  senderFrame !== null && senderFrame === sender.mainFrame && isStartUrl(senderFrame.url);

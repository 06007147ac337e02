/** A camera as a scanner, tried: its picture in the page, its codes from a worker. It ends with its screen, and its light goes out. */
import { CAMERA_HASH } from '../../shared/camera.ts';

export interface CameraPicture {
  readonly pixels: ArrayBuffer;
  readonly width: number;
  readonly height: number;
}

export type CameraAnswer =
  | { readonly type: 'read'; readonly code: string }
  | { readonly type: 'nothing' }
  | { readonly type: 'failed'; readonly problem: string };

/** `denied`: nobody lets this window have it; `absent`: there is none; `failed`: it is there, and does not work. */
export type CameraState = 'starting' | 'looking' | 'denied' | 'absent' | 'failed';

const STATES: Readonly<Record<string, CameraState>> = {
  NotAllowedError: 'denied',
  NotFoundError: 'absent',
  OverconstrainedError: 'absent',
};
const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 }, facingMode: 'environment' } as const;

export interface CameraPorts {
  readonly video: HTMLVideoElement;
  readonly onState: (state: CameraState) => void;
  readonly onRead: (code: string) => void;
}

/** Returns what ends it. */
export const startCamera = ({ video, onState, onRead }: CameraPorts): (() => void) => {
  let isOver = false;
  let stream: MediaStream | undefined;
  let worker: Worker | undefined;
  let frame = 0;
  const address = window.location.href;
  const canvas = document.createElement('canvas');

  const look = (): void => {
    const context = canvas.getContext('2d', { willReadFrequently: true });
    const { videoWidth: width, videoHeight: height } = video;
    if (isOver || worker === undefined || context === null) return;
    if (width === 0 || height === 0) {
      frame = requestAnimationFrame(look);
      return;
    }
    [canvas.width, canvas.height] = [width, height];
    context.drawImage(video, 0, 0);
    const pixels = context.getImageData(0, 0, width, height).data.buffer;
    worker.postMessage({ pixels, width, height } satisfies CameraPicture, [pixels]);
  };

  const hear = ({ data }: MessageEvent<CameraAnswer>): void => {
    if (isOver) return;
    if (data.type === 'read') onRead(data.code);
    if (data.type === 'failed') {
      console.warn('The reader of codes does not work.', data.problem);
      onState('failed');
    } else frame = requestAnimationFrame(look);
  };

  const start = async (): Promise<void> => {
    // Without it no window gets a camera.
    window.history.replaceState(window.history.state, '', CAMERA_HASH);
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: WANTED, audio: false });
    } catch (error) {
      onState(error instanceof Error ? (STATES[error.name] ?? 'failed') : 'failed');
      return;
    }
    if (isOver) return end();
    video.srcObject = stream;
    await video.play();
    worker = new Worker(new URL('camera-worker.ts', import.meta.url), { type: 'module', name: 'camera' });
    worker.addEventListener('message', hear);
    worker.addEventListener('error', () => onState('failed'));
    onState('looking');
    look();
  };

  const end = (): void => {
    isOver = true;
    cancelAnimationFrame(frame);
    worker?.terminate();
    for (const track of stream?.getTracks() ?? []) track.stop();
    video.srcObject = null;
    window.history.replaceState(window.history.state, '', address);
  };

  onState('starting');
  start().catch(() => onState('failed'));
  return end;
};

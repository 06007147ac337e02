/** The camera, tried: what it sees, and what it reads. */
import { type ReactElement, useEffect, useRef, useState } from 'react';

import { useStrings } from '../sell/sell-context.tsx';
import { startCamera, type CameraState } from './camera.ts';
import { useSetup } from './setup-context.tsx';

import classes from './setup.module.css';

export const CameraCard = (): ReactElement => {
  const setup = useSetup();
  const words = useStrings().setup;
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<CameraState>('starting');
  useEffect(() => {
    if (video.current === null) return undefined;
    return startCamera({ video: video.current, onState: setState, onRead: setup.cameraRead });
  }, [setup]);
  const { title, advice } = words.cameraState(state);
  return (
    <article className={classes['card']} data-testid="setup-camera" data-state={state}>
      <header>
        <h2>{words.camera}</h2>
        <p>{words.cameraHint}</p>
      </header>
      <video ref={video} className={classes['camera']} muted playsInline aria-label={words.camera} />
      <p className={classes[state === 'starting' || state === 'looking' ? 'outcome' : 'fault']} role="status">
        <b>{title}</b> <span>{advice}</span>
      </p>
      <div className={classes['ends']}>
        <button type="button" className={classes['way']} data-way="back" onClick={setup.back}>
          {words.back} <kbd aria-hidden="true">Esc</kbd>
        </button>
      </div>
    </article>
  );
};

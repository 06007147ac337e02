/** Where a picture is brought: chosen, dropped on it, or pasted while it is on the screen. */
import { Button, FileButton } from '@mantine/core';
import { type ReactElement, type ReactNode, useEffect, useEffectEvent, useState } from 'react';

import { Failure } from '../table-parts.tsx';
import { fileIn, PICTURE_TYPES, whyNoPicture } from './pictures.ts';

export interface PictureDeskProps {
  readonly label: string;
  /** The address of what stands there. */
  readonly shown: string | undefined;
  readonly alt: string;
  readonly none?: string;
  readonly isWide?: boolean;
  readonly about: ReactNode;
  readonly isBusy: boolean;
  readonly error: unknown;
  readonly mayChange: boolean;
  readonly onFile: (file: File) => void;
  /** Absent: there is none to take away. */
  readonly onRemove?: (() => void) | undefined;
}

export const PictureDesk = (props: PictureDeskProps): ReactElement => {
  const { label, shown, alt, none = 'No picture yet', isWide = false, about, isBusy, error, mayChange, onFile, onRemove } = props;
  const [isOver, setOver] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const take = (file: File): void => {
    const why = whyNoPicture(file);
    setWrong(why);
    if (why === undefined && mayChange && !isBusy) onFile(file);
  };
  const pasted = useEffectEvent((event: ClipboardEvent) => {
    const file = fileIn(event.clipboardData);
    if (file === undefined || !mayChange) return;
    event.preventDefault();
    take(file);
  });
  useEffect(() => {
    // Whatever has the focus: text that is pasted holds no file.
    const listen = (event: ClipboardEvent): void => pasted(event);
    window.addEventListener('paste', listen);
    return () => window.removeEventListener('paste', listen);
  }, []);
  return (
    <section
      className="picture-desk"
      aria-label={label}
      aria-busy={isBusy}
      data-testid="picture-desk"
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(mayChange);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = fileIn(event.dataTransfer);
        if (file !== undefined && mayChange) take(file);
      }}
    >
      <div className={isWide ? 'shown wide' : 'shown'}>
        {shown === undefined ? <span>{none}</span> : <img src={shown} alt={alt} data-testid="shown-picture" />}
      </div>
      <div className="block">
        <p className="mut">{about}</p>
        {mayChange ? (
          <div className="row-actions">
            <FileButton accept={PICTURE_TYPES.join(',')} onChange={(file) => file !== null && take(file)} inputProps={PICKER}>
              {(button) => (
                <Button {...button} variant="default" loading={isBusy} data-testid="choose-picture">
                  Choose a picture…
                </Button>
              )}
            </FileButton>
            {onRemove === undefined ? null : (
              <Button variant="default" disabled={isBusy} onClick={onRemove} data-testid="remove-picture">
                Take it away
              </Button>
            )}
          </div>
        ) : null}
        {wrong === undefined ? (
          <Failure error={error} />
        ) : (
          <p className="bad" role="alert">
            {wrong}
          </p>
        )}
      </div>
    </section>
  );
};

const PICKER = { 'data-testid': 'picture-input', 'aria-label': 'A file of a picture' } as Readonly<Record<string, string>>;

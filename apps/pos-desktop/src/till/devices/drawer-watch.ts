/**
 * Whether the till opened the drawer that is open. A printer says when its drawer is opened and closed, and counts how often it was told to open it:
 * an opening without a new count is somebody's with a key, or by force. Pure.
 */
export interface DrawerSight {
  readonly isOpen: boolean;
  /** How often the till had opened it when it was looked at last. */
  readonly kicks: number;
  /** It stands open, and nothing of the till opened it. */
  readonly isAlone: boolean;
}

/** `before` undefined: the first look; who opened what is open then, nobody knows. */
export function watchDrawer(before: DrawerSight | undefined, isOpen: boolean, kicks: number): DrawerSight {
  if (before === undefined || !isOpen) return { isOpen, kicks, isAlone: false };
  if (before.isOpen) return { ...before, kicks };
  return { isOpen, kicks, isAlone: kicks === before.kicks };
}

/** What the window's address ends with where it shows the shopper's screen. */
export const DISPLAY_HASH = '#display';

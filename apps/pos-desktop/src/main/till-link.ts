/** What main needs of a till, whether it runs as the app's own process or was there before. */
import type { MessagePortMain } from 'electron';

export interface TillLink {
  /**
   * Gives the till the end of a channel whose other end a page has; what the page sends waits in it until the till takes it.
   * Where the till is lost, the port is closed, which the page sees; `renew` is called once, when a new port is of use. The
   * answer lets go of the port: call it before the same page gets another one.
   */
  attach(port: MessagePortMain, renew: () => void): () => void;
  /** Ends with the till's own process, where there is one. */
  stop(): Promise<void>;
}

/** Mail as the company's own server takes it (SMTP). What it says of a mail that it refuses is told without the address that it repeats. */
import { err, ok, type Result } from '@holdfast/base';
import { createTransport } from 'nodemailer';

export interface MailSettings {
  /** `smtp:` or `smtps:`, with user and password where they are asked for. */
  readonly url: string;
  /** `Corner Shop <receipts@shop.example>`. */
  readonly from: string;
}

export interface Mail {
  /** The same whenever it is sent: whoever gets it twice can tell. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachment: { readonly name: string; readonly content: Uint8Array };
}

export interface MailFault {
  readonly type: 'mailFailed';
  readonly detail: string;
  /** `never`: the server will not have this mail. `later`: whatever it was may pass. */
  readonly retry: 'never' | 'later';
}

export interface Mailer {
  send(mail: Mail): Promise<Result<void, MailFault>>;
  close(): void;
}

const PATIENCE_MS = 20_000;
const MAX_DETAIL_LENGTH = 300;
const LOCAL_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** The server's word about this mail (RFC 5321, 4.2.1): 5 is for good. Who may not sign on mends that at the hub, and the mail waits. */
const isRefused = (error: Error & { readonly responseCode?: unknown; readonly code?: unknown }): boolean =>
  typeof error.responseCode === 'number' && error.responseCode >= 500 && error.code !== 'EAUTH';

/** Without what could say who it is for. */
const said = (message: string, to: string): string =>
  message
    .replaceAll(to, '…')
    .replaceAll(/[^\s<>]+@[^\s<>]+/gu, '…')
    .replaceAll(/\s+/gu, ' ')
    .slice(0, MAX_DETAIL_LENGTH);

export function createMailer({ url, from }: MailSettings): Mailer {
  const { protocol, hostname } = new URL(url);
  const transport = createTransport(
    {
      url,
      // A password and a shopper's address cross no wire in clear, but within this machine.
      ...(protocol === 'smtp:' && !LOCAL_HOSTS.has(hostname) && { requireTLS: true }),
      connectionTimeout: PATIENCE_MS,
      greetingTimeout: PATIENCE_MS,
      socketTimeout: PATIENCE_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from },
  );
  const domain = /@([^\s>]+)>?\s*$/u.exec(from)?.[1] ?? 'localhost';
  return {
    async send({ id, to, subject, text, html, attachment }) {
      try {
        await transport.sendMail({
          messageId: `<${id}@${domain}>`,
          // As an object: nothing in it is read as more than one address.
          to: { name: '', address: to },
          subject,
          text,
          html,
          attachments: [{ filename: attachment.name, content: Buffer.from(attachment.content), contentType: 'application/pdf' }],
        });
        return ok(undefined);
      } catch (error) {
        const cause = error instanceof Error ? error : new Error(String(error));
        return err({ type: 'mailFailed', detail: said(cause.message, to), retry: isRefused(cause) ? 'never' : 'later' });
      }
    },
    close: () => transport.close(),
  };
}

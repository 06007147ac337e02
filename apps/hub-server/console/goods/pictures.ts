/** Pictures as people bring them: sent to the hub as they are, which draws them small, upright and without whatever else is in the file. */
import { ask } from '../ask.ts';
import { addressOf, answerSchema, askHub } from '../hub-client.ts';

export const PICTURE_TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;
/** What the hub takes of a file. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024;

export const pictureAddress = (hash: string): string => `./api/v1/pictures/${hash}`;

/** Why it is not worth sending, in words. */
export function whyNoPicture(file: Pick<File, 'type' | 'size'>): string | undefined {
  if (!PICTURE_TYPES.some((type) => type === file.type))
    return 'This is no picture that the hub reads: take a PNG, JPEG or WebP file. Nothing was changed.';
  return file.size > MAX_FILE_BYTES ? 'The file has more than 16 MB. Nothing was changed.' : undefined;
}

/** The one that was dropped or pasted. */
export const fileIn = (held: DataTransfer | null): File | undefined => held?.files[0];

/** A camera's file over a slow line. */
export const SENT_WITHIN_MS = 120_000;
export const pictureSent = (file: File): RequestInit => ({ method: 'PUT', headers: { 'content-type': file.type }, body: file });

/** Null takes it away. */
export async function putPicture(scope: string, sku: string, picture: File | null): Promise<unknown> {
  if (picture === null) return askHub('deleteProductBySkuPicture', { question: { sku, scope } });
  const path = addressOf('putProductBySkuPicture', { sku, scope });
  return ask(answerSchema('putProductBySkuPicture'), path, pictureSent(picture), undefined, SENT_WITHIN_MS);
}

/** The errors that Express and its body parsers throw: they carry a status. */
export interface HttpError extends Error {
  readonly status: number;
}

export const isHttpError = (error: unknown): error is HttpError =>
  error instanceof Error && 'status' in error && typeof error.status === 'number';

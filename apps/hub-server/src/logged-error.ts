/** A failure as the log tells it. A failed statement names its parameters and the row that it was about, which may be keys and people: of these the log has nothing. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  /** Postgres', or the operating system's. */
  readonly code?: string;
  readonly constraint?: string;
  readonly cause?: unknown;
}

const isFailedStatement = (error: Error): error is Error & { readonly query: string } =>
  'query' in error && typeof error.query === 'string' && 'params' in error;

/** What is no error is told as it is. */
export function loggedError(error: Error): LoggedError;
export function loggedError(error: unknown): unknown;
export function loggedError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const message = isFailedStatement(error) ? `Failed query: ${error.query}` : error.message;
  const { code, constraint } = error as { readonly code?: unknown; readonly constraint?: unknown };
  return {
    type: error.constructor.name,
    message,
    // A stack begins with the message that the error was made with.
    ...(error.stack !== undefined && { stack: error.stack.replace(error.message, () => message) }),
    ...(typeof code === 'string' && { code }),
    ...(typeof constraint === 'string' && { constraint }),
    ...(error.cause !== undefined && { cause: loggedError(error.cause) }),
  } satisfies LoggedError;
}

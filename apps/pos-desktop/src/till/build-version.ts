/** Which build this till is, as headquarters see it; that it is the package's own a test holds. */
export const BUILD_VERSION = '0.1.0';

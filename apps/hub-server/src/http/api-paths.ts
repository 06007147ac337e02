/** The paths of the API as what they take: each is added to its router and written down at once, so that the document of the API (`openapi.ts`) leaves none out. */
import type { RequestHandler, Router } from 'express';
import type { z } from 'zod';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface ApiPath {
  readonly method: Method;
  /** As Express writes it: `/api/v1/product/:sku`. */
  readonly path: string;
  readonly summary: string;
  /** What stands in the path and behind the question mark. */
  readonly question?: z.ZodType;
  /** A JSON body. */
  readonly body?: z.ZodType;
  /** Of a body that is no JSON, or an answer that is none. */
  readonly takes?: string;
  readonly gives?: string;
  /** Of what it answers when it did what was asked; absent: 200. */
  readonly status?: number;
}

const written = new WeakMap<Router, ApiPath[]>();

export function addPath(router: Router, path: ApiPath, ...handlers: readonly RequestHandler[]): void {
  const paths = written.get(router) ?? [];
  paths.push(path);
  written.set(router, paths);
  router[path.method](path.path, ...handlers);
}

export const pathsOf = (router: Router): readonly ApiPath[] => written.get(router) ?? [];

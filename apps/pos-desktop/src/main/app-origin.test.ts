import { expect, test } from 'vitest';

import { assetPathOf, contentTypeOf, isAppUrl, isCameraUrl, isStartUrl } from './app-origin.ts';

test.each([
  ['app://holdfast/', 'index.html'],
  ['app://holdfast/?lane=2#sell', 'index.html'],
  ['app://holdfast/index.html', 'index.html'],
  ['app://holdfast/assets/index-Dk3_x-9.js', 'assets/index-Dk3_x-9.js'],
  ['app://holdfast/assets/./index.js', 'assets/index.js'],
  ['app://holdfast/../../etc/passwd', 'etc/passwd'],
  ['app://holdfast/%2e%2e/%2e%2e/etc/passwd', 'etc/passwd'],
])('%s is the file %s', (url, path) => {
  expect(assetPathOf(url)).toBe(path);
});

test.each([
  'app://holdfast/..%2f..%2fetc/passwd',
  'app://holdfast/%252e%252e/secret',
  'app://holdfast/assets/..%5c..%5csecret',
  'app://holdfast/assets%00.js',
  'app://holdfast//etc/passwd',
  'app://holdfast/assets/',
  'app://holdfast/C:/windows',
  'app://holdfast/.built-window',
  'app://holdfast/%E0%A4%A',
  'app://other/index.html',
  'app://holdfast:80/index.html',
  'app://user@holdfast/index.html',
  'app://holdfast.evil/index.html',
  'https://holdfast/index.html',
  'file:///etc/passwd',
  'index.html',
  '',
])('%s is no file', (url) => {
  expect(assetPathOf(url)).toBeNull();
});

test('the page is ours whatever its query is; a file of ours is not the page', () => {
  expect(isStartUrl('app://holdfast/?a#b')).toBe(true);
  expect(isStartUrl('app://holdfast/assets/index.js')).toBe(false);
  expect(isAppUrl('app://holdfast/assets/index.js')).toBe(true);
  expect(isAppUrl('app://holdfast.evil/')).toBe(false);
  expect(isAppUrl('file:///app/holdfast')).toBe(false);
});

test('the camera is for the page itself, while its address says so', () => {
  expect(isCameraUrl('app://holdfast/#camera')).toBe(true);
  expect(isCameraUrl('app://holdfast/?lane=2#camera')).toBe(true);
  for (const url of [
    'app://holdfast/',
    'app://holdfast/#display',
    'app://holdfast/assets/a.js#camera',
    'app://evil/#camera',
    'https://holdfast/#camera',
  ])
    expect(isCameraUrl(url), url).toBe(false);
});

test('a kind of file that is not known is sent as bytes', () => {
  expect(contentTypeOf('assets/a.b.js')).toBe('text/javascript; charset=utf-8');
  expect(contentTypeOf('LICENSE')).toBe('application/octet-stream');
});

import { expect, test } from 'vitest';

import { eventText, isSignInShown, linkOf, type SignIn, stateOf, writtenPosts } from './accounts.ts';
import { linkIn, agentText } from './sign-in.ts';

const ADA: SignIn = {
  person: 'hq-1',
  displayName: 'Ada Byron',
  name: 'ada@example',
  hasJoined: true,
  isInvited: false,
  isLocked: false,
  recoveryCodes: 10,
  createdAtMs: 0,
  createdBy: 'console',
  signedInAtMs: null,
  posts: [{ scope: 'global', roles: ['hq'] }],
};

test('what somebody can do with their sign-in is told in a word', () => {
  expect(
    [
      ADA,
      { ...ADA, isLocked: true },
      { ...ADA, posts: [] },
      { ...ADA, hasJoined: false, isInvited: true },
      { ...ADA, hasJoined: false },
      { ...ADA, isInvited: true },
    ].map((each) => stateOf(each).text),
  ).toEqual(['may come in', 'locked out', 'on no staff: may not come in', 'invited', 'invitation has run out', 'invited anew']);
});

test('people are found by name, what they type, role and place; a link holds its token where no server is told it', () => {
  for (const q of ['', ' byron', 'ADA@', 'hq', 'global']) expect(isSignInShown(ADA, q)).toBe(true);
  expect(isSignInShown(ADA, 'kim')).toBe(false);
  const token = 'a'.repeat(43);
  expect(linkIn(new URL(linkOf('https://hub.example', token)).hash)).toEqual({ type: 'invitation', token });
});

test('posts are written once each has a place of its own and a role', () => {
  const post = { scope: 'store:1', roles: ['manager'] };
  expect(writtenPosts([post])).toEqual([post]);
  expect([[], [{ ...post, scope: '' }], [{ ...post, roles: [] }], [post, { ...post, roles: ['hq'] }]].map(writtenPosts)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('a browser is called as people call it; what nobody knows says its own first words', () => {
  const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1';
  expect([windows, `${windows} Edg/140.0`, phone, 'curl/8', ''].map(agentText)).toEqual([
    'Chrome on Windows',
    'Edge on Windows',
    'Safari on iOS',
    'curl/8',
    'unknown',
  ]);
  expect(eventText('somethingNew')).toBe('somethingNew');
});

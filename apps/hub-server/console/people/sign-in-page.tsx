/** What stands here for whoever has not come in yet: the form to sign in, and what an invitation's link opens. */
import { Button, CopyButton, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useEffect, useState } from 'react';

import {
  acceptInvitation,
  type Authenticator,
  beginAtProvider,
  failedIn,
  lookAtInvitation,
  openByLink,
  passwordProblem,
  reasonOf,
  seedText,
  signIn,
  useWaysIn,
} from './sign-in.ts';

export const FormFailure = ({ error }: { readonly error: unknown }): ReactElement | null => {
  const reason = reasonOf(error);
  return reason === undefined ? null : (
    <p className="form-failure" role="alert" data-testid="form-failure">
      {reason}
    </p>
  );
};

/** What an authenticator shows, or a recovery code. */
export const CodeInput = ({
  value,
  onChange,
  label = 'Code of your authenticator',
  hint,
}: {
  readonly value: string;
  readonly onChange: (code: string) => void;
  readonly label?: string;
  readonly hint?: string;
}): ReactElement => (
  <TextInput
    label={label}
    description={hint}
    autoComplete="one-time-code"
    inputMode="text"
    value={value}
    maxLength={40}
    onChange={(event) => onChange(event.currentTarget.value)}
  />
);

export const NewPassword = ({
  password,
  again,
  onPassword,
  onAgain,
}: {
  readonly password: string;
  readonly again: string;
  readonly onPassword: (text: string) => void;
  readonly onAgain: (text: string) => void;
}): ReactElement => (
  <>
    <PasswordInput
      label="New password"
      description="12 characters or more: some words that belong to nobody else will do"
      autoComplete="new-password"
      value={password}
      maxLength={200}
      onChange={(event) => onPassword(event.currentTarget.value)}
    />
    <PasswordInput
      label="Once more"
      autoComplete="new-password"
      value={again}
      maxLength={200}
      error={again === '' ? undefined : passwordProblem(password, again)}
      onChange={(event) => onAgain(event.currentTarget.value)}
    />
  </>
);

/** Shown once: the hub keeps it sealed, and tells it nobody again. */
export const AuthenticatorCard = ({ authenticator }: { readonly authenticator: Authenticator }): ReactElement => (
  <div className="authenticator" data-testid="authenticator">
    <img
      src={`data:image/svg+xml,${encodeURIComponent(authenticator.picture)}`}
      alt="A QR code for your authenticator"
      width={180}
      height={180}
    />
    <div>
      <p>Take this with the authenticator on your phone, then type the code that it shows.</p>
      <small className="mut">Without a camera, type this there:</small>
      <code data-testid="authenticator-seed">{seedText(authenticator.seed)}</code>
    </div>
  </div>
);

export const RecoveryCodes = ({ codes, onDone }: { readonly codes: readonly string[]; readonly onDone: () => void }): ReactElement => (
  <div data-testid="recovery-codes">
    <p>
      Each of these stands in for your authenticator once, on the day on which you do not have it. They are shown now and never again: keep
      them where your phone is not.
    </p>
    <ul className="recovery-codes">
      {codes.map((code) => (
        <li key={code}>
          <code>{code}</code>
        </li>
      ))}
    </ul>
    <div className="form-buttons">
      <CopyButton value={codes.join('\n')}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy}>
            {copied ? 'Copied' : 'Copy all'}
          </Button>
        )}
      </CopyButton>
      <Button className="strong-button" onClick={onDone}>
        I have kept them
      </Button>
    </div>
  </div>
);

const Alone = ({
  title,
  testId,
  children,
}: {
  readonly title: string;
  readonly testId: string;
  readonly children: ReactNode;
}): ReactElement => (
  <main className="alone sign-in" data-testid={testId}>
    <b className="brand">Holdfast</b>
    <h1>{title}</h1>
    {children}
  </main>
);

/** Absent where the company has no provider, or while the hub does not say. */
const ProviderWay = (): ReactElement | null => {
  const { data } = useWaysIn();
  const begin = useMutation({ mutationFn: beginAtProvider, networkMode: 'always' });
  const [failed] = useState(() => failedIn(window.location.hash));
  // Said once: the address is not for anybody else.
  useEffect(() => {
    if (failed !== undefined) window.history.replaceState(null, '', window.location.pathname + window.location.search);
  }, [failed]);
  const provider = data?.provider ?? null;
  if (provider === null) return null;
  return (
    <div className="enrol-form" data-testid="provider-way">
      {failed === undefined || begin.isError ? null : (
        <p className="form-failure" role="alert" data-testid="provider-failure">
          {failed}
        </p>
      )}
      <FormFailure error={begin.error} />
      <Button
        variant="default"
        size="md"
        loading={begin.isPending || begin.isSuccess}
        onClick={() => begin.mutate()}
        data-testid="provider-button"
      >
        Sign in with {provider.name}
      </Button>
      <p className="mut">or by what you sign in with here:</p>
    </div>
  );
};

export const SignInPage = ({ wasHere }: { readonly wasHere: boolean }): ReactElement => {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const queries = useQueryClient();
  const enter = useMutation({
    mutationFn: () => signIn({ name, password, code }),
    networkMode: 'always',
    onSuccess: async () => queries.resetQueries(),
    // A code that was tried is of no more use.
    onError: () => setCode(''),
  });
  return (
    <Alone title={wasHere ? 'This session has ended' : 'Sign in'} testId="session-lost">
      {wasHere ? (
        <p className="mut">Nothing is lost: lanes sell on, and the hub keeps what it holds. Sign in to go on where you were.</p>
      ) : null}
      <ProviderWay />
      <form
        className="enrol-form"
        data-testid="sign-in"
        onSubmit={(event) => {
          event.preventDefault();
          if (!enter.isPending) enter.mutate();
        }}
      >
        <TextInput
          label="Name"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          value={password}
          maxLength={200}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <CodeInput value={code} onChange={setCode} hint="Six digits, or one of your recovery codes" />
        <FormFailure error={enter.error} />
        <Button type="submit" className="strong-button" loading={enter.isPending} disabled={name === '' || password === '' || code === ''}>
          Sign in
        </Button>
      </form>
      <p className="mut">
        Nobody signs in here yet, or nobody can? Each start of the hub prints a link that opens the console once, in one browser;{' '}
        <code>pnpm holdfast demo link hub</code> shows a running demo’s again.
      </p>
    </Alone>
  );
};

/** The hub's own link: there is nothing to do but to come in. */
export const LinkPage = ({ token, onDone }: { readonly token: string; readonly onDone: () => void }): ReactElement => {
  const queries = useQueryClient();
  const { isSuccess, error } = useQuery({
    queryKey: ['link', token],
    queryFn: () => openByLink(token),
    staleTime: Infinity,
    retry: false,
  });
  useEffect(() => {
    if (!isSuccess) return;
    // What another session read in this tab.
    queries.removeQueries({ type: 'inactive' });
    onDone();
  }, [isSuccess, queries, onDone]);
  return (
    <Alone title={error === null ? 'One moment' : 'This link does not open'} testId="link">
      {error === null ? (
        <p className="mut">Asking the hub…</p>
      ) : (
        <>
          <FormFailure error={error} />
          <Button className="strong-button" onClick={onDone}>
            To the sign-in
          </Button>
        </>
      )}
    </Alone>
  );
};

export const InvitationPage = ({ token, onDone }: { readonly token: string; readonly onDone: () => void }): ReactElement => {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [code, setCode] = useState('');
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: () => lookAtInvitation(token),
    staleTime: Infinity,
    retry: false,
  });
  const accept = useMutation({
    mutationFn: () => acceptInvitation({ token, password, code }),
    networkMode: 'always',
    onError: () => setCode(''),
  });
  if (accept.data !== undefined)
    return (
      <Alone title="You are in" testId="invitation">
        <RecoveryCodes codes={accept.data.recoveryCodes} onDone={onDone} />
      </Alone>
    );
  if (invitation.data === undefined)
    return (
      <Alone title={invitation.isPending ? 'One moment' : 'This invitation does not open'} testId="invitation">
        {invitation.isPending ? (
          <p className="mut">Asking the hub…</p>
        ) : (
          <>
            <p>It was used, has run out, or was taken back by another one. Ask whoever sent it for a new one.</p>
            <Button className="strong-button" onClick={onDone}>
              To the sign-in
            </Button>
          </>
        )}
      </Alone>
    );
  return (
    <Alone title={`Welcome, ${invitation.data.name}`} testId="invitation">
      <form
        className="enrol-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (passwordProblem(password, again) === undefined && !accept.isPending) accept.mutate();
        }}
      >
        <input type="text" name="username" autoComplete="username" value={invitation.data.name} readOnly hidden />
        <NewPassword password={password} again={again} onPassword={setPassword} onAgain={setAgain} />
        <AuthenticatorCard authenticator={invitation.data.authenticator} />
        <CodeInput value={code} onChange={setCode} label="Code that your authenticator shows" />
        <FormFailure error={accept.error} />
        <Button
          type="submit"
          className="strong-button"
          loading={accept.isPending}
          disabled={passwordProblem(password, again) !== undefined || code === ''}
        >
          Come in
        </Button>
      </form>
    </Alone>
  );
};

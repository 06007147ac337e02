/** Somebody's own: password, authenticator, recovery codes, and where they are signed in. */
import { Button, PasswordInput } from '@mantine/core';
import { type ReactElement, type ReactNode, useState } from 'react';

import type { Places } from '../api.ts';
import { minuteText, plural } from '../format.ts';
import { placeName } from '../places.ts';
import { Failure, HeadCells, Tag } from '../table-parts.tsx';
import { FEW_CODES } from './accounts.ts';
import { AuthenticatorCard, CodeInput, FormFailure, NewPassword, RecoveryCodes } from './sign-in-page.tsx';
import {
  agentText,
  passwordProblem,
  type Proof,
  type Session,
  useConfirmAuthenticator,
  useEndSession,
  useNewAuthenticator,
  useNewPassword,
  useNewRecoveryCodes,
  useOwnSessions,
  useSession,
} from './sign-in.ts';

export const EMPTY_PROOF: Proof = { password: '', code: '' };

/** Asked again before anything that they sign in by is changed. */
const ProofFields = ({ proof, onChange }: { readonly proof: Proof; readonly onChange: (proof: Proof) => void }): ReactElement => (
  <>
    <PasswordInput
      label="Your password now"
      autoComplete="current-password"
      value={proof.password}
      maxLength={200}
      onChange={(event) => onChange({ ...proof, password: event.currentTarget.value })}
      data-autofocus
    />
    <CodeInput value={proof.code} onChange={(code) => onChange({ ...proof, code })} hint="Six digits, or one of your recovery codes" />
  </>
);

const isProof = ({ password, code }: Proof): boolean => password !== '' && code !== '';

const Part = ({
  id,
  title,
  about,
  children,
}: {
  readonly id: string;
  readonly title: string;
  readonly about: ReactNode;
  readonly children: ReactNode;
}): ReactElement => (
  <section className="card own-part" aria-labelledby={id} data-testid={id}>
    <h2 id={id}>{title}</h2>
    <p className="mut">{about}</p>
    {children}
  </section>
);

const Password = (): ReactElement => {
  const [proof, setProof] = useState(EMPTY_PROOF);
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const change = useNewPassword();
  const isWhole = isProof(proof) && passwordProblem(next, again) === undefined;
  return (
    <Part id="own-password" title="Password" about="Wherever else you are signed in, you are signed out.">
      <form
        className="enrol-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!isWhole || change.isPending) return;
          change.mutate(
            { ...proof, next },
            {
              onSuccess: () => {
                setProof(EMPTY_PROOF);
                setNext('');
                setAgain('');
              },
              onError: () => setProof({ ...proof, code: '' }),
            },
          );
        }}
      >
        <ProofFields proof={proof} onChange={setProof} />
        <NewPassword password={next} again={again} onPassword={setNext} onAgain={setAgain} />
        <FormFailure error={change.error} />
        <Done is={change.isSuccess}>Your password is another one now.</Done>
        <div className="row-actions">
          <Button type="submit" className="strong-button" loading={change.isPending} disabled={!isWhole}>
            Change the password
          </Button>
        </div>
      </form>
    </Part>
  );
};

const Done = ({ is, children }: { readonly is: boolean; readonly children: ReactNode }): ReactElement | null =>
  is ? (
    <p role="status" className="good" data-testid="own-done">
      {children}
    </p>
  ) : null;

const Authenticator = (): ReactElement => {
  const [proof, setProof] = useState(EMPTY_PROOF);
  const [code, setCode] = useState('');
  const offer = useNewAuthenticator();
  const confirm = useConfirmAuthenticator();
  const reset = (): void => {
    offer.reset();
    confirm.reset();
    setProof(EMPTY_PROOF);
    setCode('');
  };
  return (
    <Part
      id="own-authenticator"
      title="Authenticator"
      about="Another phone: the one that you have counts until the new one gave a code. New recovery codes come with it."
    >
      {confirm.data !== undefined ? (
        <RecoveryCodes codes={confirm.data.recoveryCodes} onDone={reset} />
      ) : offer.data !== undefined ? (
        <form
          className="enrol-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (code !== '' && !confirm.isPending) confirm.mutate(code, { onError: () => setCode('') });
          }}
        >
          <AuthenticatorCard authenticator={offer.data.authenticator} />
          <CodeInput value={code} onChange={setCode} label="Code that the new one shows" />
          <FormFailure error={confirm.error} />
          <div className="row-actions">
            <Button type="submit" className="strong-button" loading={confirm.isPending} disabled={code === ''}>
              Use this one
            </Button>
            <Button variant="default" onClick={reset}>
              Keep the old one
            </Button>
          </div>
        </form>
      ) : (
        <ProveForm
          proof={proof}
          onChange={setProof}
          label="Set up another one"
          isPending={offer.isPending}
          error={offer.error}
          onSubmit={() => offer.mutate(proof, { onError: () => setProof({ ...proof, code: '' }) })}
        />
      )}
    </Part>
  );
};

interface ProveFormProps {
  readonly proof: Proof;
  readonly label: string;
  readonly isPending: boolean;
  readonly error: unknown;
  readonly onChange: (proof: Proof) => void;
  readonly onSubmit: () => void;
}

export const ProveForm = ({ proof, label, isPending, error, onChange, onSubmit }: ProveFormProps): ReactElement => (
  <form
    className="enrol-form"
    onSubmit={(event) => {
      event.preventDefault();
      if (isProof(proof) && !isPending) onSubmit();
    }}
  >
    <ProofFields proof={proof} onChange={onChange} />
    <FormFailure error={error} />
    <div className="row-actions">
      <Button type="submit" variant="default" loading={isPending} disabled={!isProof(proof)}>
        {label}
      </Button>
    </div>
  </form>
);

const Codes = ({ left }: { readonly left: number }): ReactElement => {
  const [proof, setProof] = useState(EMPTY_PROOF);
  const make = useNewRecoveryCodes();
  return (
    <Part
      id="own-codes"
      title="Recovery codes"
      about={
        <>
          {left < FEW_CODES ? <Tag tone="warn">{`${left} left`}</Tag> : `${plural(left, 'code')} left.`} Each stands in for your
          authenticator once. New ones take the place of these.
        </>
      }
    >
      {make.data === undefined ? (
        <ProveForm
          proof={proof}
          onChange={setProof}
          label="Make new ones"
          isPending={make.isPending}
          error={make.error}
          onSubmit={() => make.mutate(proof, { onError: () => setProof({ ...proof, code: '' }) })}
        />
      ) : (
        <RecoveryCodes
          codes={make.data.recoveryCodes}
          onDone={() => {
            setProof(EMPTY_PROOF);
            make.reset();
          }}
        />
      )}
    </Part>
  );
};

const Sessions = ({ timeZone }: { readonly timeZone: string | undefined }): ReactElement => {
  const { data = [] } = useOwnSessions();
  const end = useEndSession();
  return (
    <section className="block" aria-labelledby="own-sessions">
      <h2 id="own-sessions">Where you are signed in</h2>
      <div className="table-frame">
        <table className="data">
          <thead>
            <tr>
              <HeadCells labels={['Browser', 'From', 'Since', 'Last used', '']} />
            </tr>
          </thead>
          <tbody>
            {data.map(({ session, agent, address, beganAtMs, seenAtMs, isThis }) => (
              <tr key={session} data-testid="own-session">
                <th scope="row">{agentText(agent)}</th>
                <td className="mut">{address}</td>
                <td>{minuteText(beganAtMs, timeZone)}</td>
                <td>{minuteText(seenAtMs, timeZone)}</td>
                <td>
                  {isThis ? (
                    <Tag tone="good">this one</Tag>
                  ) : (
                    <Button
                      variant="default"
                      size="xs"
                      loading={end.isPending && end.variables === session}
                      onClick={() => end.mutate(session)}
                      aria-label={`End it: ${agentText(agent)} since ${minuteText(beganAtMs, timeZone)}`}
                    >
                      End it
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Failure error={end.error} />
    </section>
  );
};

const Whose = ({ session, stores }: { readonly session: Session; readonly stores: Places['stores'] }): ReactElement => (
  <span className="mut">{session.posts.map(({ scope, roles }) => `${placeName({ stores }, scope)}: ${roles.join(', ')}`).join(' · ')}</span>
);

export interface ProfilePageProps {
  readonly stores: Places['stores'];
  readonly timeZone: string | undefined;
}

export const ProfilePage = ({ stores, timeZone }: ProfilePageProps): ReactElement => {
  const { data: session } = useSession();
  return (
    <div className="page" data-testid="profile">
      <header className="page-head">
        <h1>Your sign-in</h1>
        {session?.signIn === undefined ? null : (
          <>
            <b>{session.signIn.name}</b>
            <Whose session={session} stores={stores} />
          </>
        )}
      </header>
      {session === undefined ? (
        <p className="mut">Asking the hub…</p>
      ) : session.signIn === undefined ? (
        <p className="card" data-testid="no-profile">
          You came by the link or the token that the hub printed at its start. Nobody’s password or sessions go with it; it ends after half
          an hour in which you do nothing, after twelve hours, and when the hub does.
        </p>
      ) : (
        <>
          <Sessions timeZone={timeZone} />
          <div className="own-parts">
            <Password />
            <Authenticator />
            <Codes left={session.signIn.recoveryCodes} />
          </div>
        </>
      )}
    </div>
  );
};

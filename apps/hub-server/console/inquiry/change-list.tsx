/** Changes of the catalogue, newest first: who, when, what stood there and what stands; each may be taken back. */
import { Button } from '@mantine/core';
import type { ReactElement } from 'react';

import { dateTimeText } from '../format.ts';
import { AttributeName } from '../goods/attribute-parts.tsx';
import { useRights } from '../rights.tsx';
import { Failure, HeadCells, NoRows, Tag } from '../table-parts.tsx';
import {
  type Change,
  type ChangeQuery,
  fieldChanges,
  isMade,
  isRemoved,
  keyText,
  placeText,
  typeText,
  useChanges,
  useUndo,
} from './changes.ts';

const Fields = ({ of, timeZone }: { readonly of: Change; readonly timeZone: string | undefined }): ReactElement => {
  const fields = fieldChanges(of, timeZone);
  const showsNothing = !isMade(of) && !isRemoved(of) && fields.length === 0 && of.withheld.length === 0;
  return (
    <>
      {isMade(of) ? <Tag tone="good">made</Tag> : null}
      {isRemoved(of) ? <Tag tone="bad">removed</Tag> : null}
      {showsNothing ? <span className="mut">a field that you may not see</span> : null}
      <dl className="field-changes">
        {fields.map(({ field, before, after }) => (
          <div key={field}>
            <dt>{field}</dt>
            <dd>
              {isMade(of) ? null : <del>{before ?? 'nothing'}</del>}
              {isMade(of) || isRemoved(of) ? null : <span aria-hidden="true"> → </span>}
              {isRemoved(of) ? null : <ins>{after ?? 'nothing'}</ins>}
            </dd>
          </div>
        ))}
        {of.withheld.map((field) => (
          <div key={field}>
            <dt>{field}</dt>
            <dd className="mut">changed; what it was is not kept</dd>
          </div>
        ))}
      </dl>
    </>
  );
};

/** What was changed; of what an article says of an attribute, that by its name. */
const Key = ({ of, isOfOne, timeZone }: { readonly of: Change } & Omit<ChangeListProps, 'query'>): ReactElement => {
  if (of.type !== 'attributeValue') return <bdi>{isOfOne && of.type === 'item' ? '' : keyText(of, timeZone)}</bdi>;
  const [sku = '', code = ''] = of.key.split('\u001F');
  return (
    <>
      {isOfOne ? null : <bdi>{sku} · </bdi>}
      <AttributeName code={code} />
    </>
  );
};

const UndoButton = ({ of }: { readonly of: Change }): ReactElement | null => {
  const { mutate, isPending, error } = useUndo();
  const { may } = useRights();
  if (!may('publish', of.scope)) return null;
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={isPending}
        disabled={of.withheld.length > 0}
        onClick={() => mutate({ lsn: of.lsn, change: of })}
        aria-label={`Undo: ${typeText(of.type)} ${of.key.replaceAll('\u001F', ' ')}`}
      >
        Undo
      </Button>
      <Failure error={error} />
    </>
  );
};

export interface ChangeListProps {
  readonly query: ChangeQuery;
  readonly timeZone: string | undefined;
  /** One article's: what it is called stands above. */
  readonly isOfOne?: boolean;
}

export const ChangeList = ({ query, timeZone, isOfOne = false }: ChangeListProps): ReactElement => {
  const asked = useChanges(query);
  const { data, hasNextPage, isFetchingNextPage } = asked;
  const changes = data?.pages.flatMap((page) => page.changes) ?? [];
  if (changes.length === 0)
    return (
      <div className="card" data-testid="no-changes">
        <NoRows asked={asked} none="Nothing was changed">
          {isOfOne
            ? 'What it has is what it began with, or what a file brought that made it.'
            : 'Whatever is changed of the catalogue, of prices, people and settings stands here.'}
        </NoRows>
      </div>
    );
  const older = hasNextPage ? (
    <Button variant="default" loading={isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
      Older ones
    </Button>
  ) : null;
  if (isOfOne)
    return (
      <>
        <ul className="change-cards" data-testid="changes">
          {changes.map((change) => (
            <li key={`${change.lsn} ${change.type} ${change.key} ${change.scope}`} data-testid="change">
              <div>
                <b>
                  {typeText(change.type)} <Key of={change} isOfOne timeZone={timeZone} />
                </b>{' '}
                <span className="mut">{placeText(change.scope)}</span>
                <div className="mut">
                  {dateTimeText(change.atMs, timeZone)} · {change.by ?? 'not kept who'} · {change.source}
                </div>
                <Fields of={change} timeZone={timeZone} />
              </div>
              <div>
                <UndoButton of={change} />
              </div>
            </li>
          ))}
        </ul>
        {older}
      </>
    );
  return (
    <div className="table-frame" data-testid="changes">
      <table className="data wide-rows">
        <thead>
          <tr>
            <HeadCells labels={['When', 'Who', 'What', 'Where', 'Change', '']} />
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={`${change.lsn} ${change.type} ${change.key} ${change.scope}`} data-testid="change">
              <td className="mut">{dateTimeText(change.atMs, timeZone)}</td>
              <td>
                {change.by ?? <span className="mut">not kept</span>}
                <div className="mut">{change.source}</div>
              </td>
              <th scope="row">
                <span className="mut">{typeText(change.type)}</span> <Key of={change} timeZone={timeZone} />
              </th>
              <td>{placeText(change.scope)}</td>
              <td>
                <Fields of={change} timeZone={timeZone} />
              </td>
              <td>
                <UndoButton of={change} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {older}
    </div>
  );
};

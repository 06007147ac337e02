/** What the pages of tenders and roles share: where a value comes from, and the look at every store before it is published. */
import { Button, TextInput } from '@mantine/core';
import { type ReactElement, type ReactNode, useState } from 'react';

import type { Places } from '../api.ts';
import { plural } from '../format.ts';
import { type FieldText, Preview } from '../goods/product-form.tsx';
import { placeText } from '../inquiry/changes.ts';
import { MayPublish } from '../rights.tsx';
import { Failure, Tag } from '../table-parts.tsx';
import { type RulePath, type RuleWish, useRulePreview, useSaveRules } from './rules.ts';

/** Which place says it, and which narrower ones say something else. */
export const SaysWho = ({ from, scope }: { readonly from: string; readonly scope: string }): ReactElement =>
  from === scope ? (
    <Tag tone="good">set here</Tag>
  ) : (
    <span className="mut">{from === '' ? '' : from === 'program' ? 'the program' : placeText(from)}</span>
  );

export const elsewhereText = (elsewhere: readonly string[]): string =>
  elsewhere.length <= 2 ? elsewhere.map(placeText).join(', ') : plural(elsewhere.length, 'place');

export interface WriteRulesProps<W extends RuleWish> {
  readonly path: Exclude<RulePath, 'tax-classes'>;
  /** Where one must be allowed to publish. */
  readonly scope: string;
  readonly places: Places;
  readonly timeZone: string | undefined;
  /** Undefined: what stands in the form is nothing to write. */
  readonly wish: Omit<W, 'reason'> | undefined;
  /** What the scope says is taken away; absent: it says nothing. */
  readonly leave?: { readonly label: string; readonly wish: Omit<W, 'reason'> };
  /** What a field says, in the preview. */
  readonly textOf?: FieldText;
  readonly testId: string;
  readonly children: ReactNode;
  readonly onDone: () => void;
}

/** A form whose fields are its caller's: what it would change is shown store by store, then published with what it is for. */
export const WriteRules = <W extends RuleWish>(props: WriteRulesProps<W>): ReactElement => {
  const { path, scope, places, timeZone, wish, leave, textOf, testId, children, onDone } = props;
  const preview = useRulePreview<Exclude<RulePath, 'tax-classes'>, W>(path);
  const save = useSaveRules<W>(path, onDone);
  const [reason, setReason] = useState('');
  const [looked, setLooked] = useState<Omit<W, 'reason'>>();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is written, with what it is for
  const withReason = (written: Omit<W, 'reason'>, why: string): W => ({ ...written, reason: why }) as W;
  const look = (written: Omit<W, 'reason'>): void => {
    setLooked(written);
    preview.mutate(withReason(written, 'a look'));
  };
  if (preview.data !== undefined && looked !== undefined)
    return (
      <form
        className="enrol-form"
        data-testid={`publish-${testId}`}
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim() !== '') save.mutate(withReason(looked, reason.trim()));
        }}
      >
        <Preview groups={preview.data.groups} timeZone={timeZone} places={places} textOf={textOf} />
        <TextInput
          label="What for"
          description="Stands in the audit"
          value={reason}
          maxLength={200}
          onChange={(event) => setReason(event.currentTarget.value)}
          data-autofocus
        />
        <Failure error={save.error} />
        <div className="row-actions">
          <Button type="submit" className="strong-button" loading={save.isPending} disabled={reason.trim() === ''}>
            Publish
          </Button>
          <Button variant="default" onClick={() => preview.reset()}>
            Write on
          </Button>
        </div>
      </form>
    );
  return (
    <form
      className="enrol-form"
      data-testid={testId}
      onSubmit={(event) => {
        event.preventDefault();
        if (wish !== undefined) look(wish);
      }}
    >
      {children}
      <Failure error={preview.error} />
      <MayPublish at={scope}>
        <div className="row-actions">
          <Button type="submit" className="strong-button" loading={preview.isPending} disabled={wish === undefined}>
            Preview by store
          </Button>
          {leave === undefined ? null : (
            <Button variant="default" onClick={() => look(leave.wish)}>
              {leave.label}
            </Button>
          )}
        </div>
      </MayPublish>
    </form>
  );
};

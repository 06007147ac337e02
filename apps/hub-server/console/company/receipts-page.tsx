/** What receipts say above and below the sale, by place and in each language, beside the paper as it would come out of a lane's printer. */
import { Button, Select, Textarea, TextInput } from '@mantine/core';
import { type CSSProperties, type ReactElement, useState } from 'react';

import type { Places } from '../api.ts';
import { PictureDesk } from '../goods/picture-desk.tsx';
import { Preview } from '../goods/product-form.tsx';
import type { PageProps } from '../pages.tsx';
import { placeName } from '../places.ts';
import { MayPublish, useRights } from '../rights.tsx';
import { Failure, PlaceFilter } from '../table-parts.tsx';
import {
  changedTexts,
  type DrawnLogo,
  LANGUAGES,
  type PaperColumns,
  PAPERS,
  RECEIPT_TEXTS,
  type ReceiptPreview,
  type ReceiptText,
  type ShownLine,
  useDrawLogo,
  usePublishLogo,
  useReceiptPreview,
} from './receipts.ts';
import { fromText, type Setting, useSaveSettings, useSettingPreview, useSettings } from './settings.ts';

const PaperRow = ({ line }: { readonly line: ShownLine }): ReactElement => {
  if (line.type === 'picture') return <img alt="The company’s logo" src={`data:image/png;base64,${line.png}`} />;
  if (line.type === 'svg')
    return <img alt={`QR code: ${line.data}`} src={`data:image/svg+xml,${encodeURIComponent(line.svg)}`} width={120} height={120} />;
  if (line.type === 'drawn')
    return (
      <div
        className="paper-drawn"
        data-testid="drawn-row"
        data-large={line.isLarge || undefined}
        data-bold={line.isBold || undefined}
        data-centred={line.isCentred || undefined}
      >
        <span dir="auto">{line.start}</span>
        {line.end === '' ? null : <span dir="auto">{line.end}</span>}
      </div>
    );
  if (line.type === 'barcode')
    return (
      <p className="paper-code" dir="ltr">
        {line.data}
      </p>
    );
  return (
    <p dir="auto" data-large={line.isLarge || undefined} data-bold={line.isBold || undefined}>
      {line.text === '' ? '\u00A0' : line.text}
    </p>
  );
};

const Paper = ({ of }: { readonly of: ReceiptPreview }): ReactElement => (
  <div
    className="paper-roll"
    data-testid="paper"
    role="region"
    aria-label="The receipt on paper"
    tabIndex={0}
    lang={of.language}
    dir={of.direction}
    style={{ '--columns': of.columns } as CSSProperties}
  >
    {of.lines.map((line, index) => (
      <PaperRow key={`${index} ${line.type}`} line={line} />
    ))}
  </div>
);

interface WriteProps {
  readonly scope: string;
  readonly lsn: number;
  readonly settings: readonly Setting[];
  readonly places: Places;
  readonly timeZone: string | undefined;
}

const saidText = (from: string | null, scope: string): string => {
  if (from === scope) return 'Written here';
  return from === null || from === 'default' ? 'Nobody wrote anything' : `As written for: ${fromText(from)}`;
};

const textOf = (settings: readonly Setting[], key: ReceiptText): string => settings.find((setting) => setting.key === key)?.value ?? '';

interface LogoProps {
  readonly scope: string;
  /** Written at this very place. */
  readonly isOwn: boolean;
  readonly drawn: DrawnLogo | undefined;
  readonly onDrawn: (drawn: DrawnLogo | undefined) => void;
}

/** What stands above the address: seen on the paper beside it before it is published. */
const Logo = ({ scope, isOwn, drawn, onDrawn }: LogoProps): ReactElement => {
  const { may } = useRights();
  const draw = useDrawLogo(scope);
  const publish = usePublishLogo(scope);
  return (
    <div className="card" data-testid="receipt-logo">
      <PictureDesk
        label="Logo"
        isWide
        shown={drawn && `data:image/png;base64,${drawn.png}`}
        none="No new logo chosen"
        alt="The new logo, as paper shows it"
        about={
          drawn === undefined
            ? 'The logo above each receipt: PNG, JPEG or WebP of up to 16 MB. Dark lines on white do best; printers print it in black and white.'
            : `${drawn.width} × ${drawn.height} dots, and no wider than the paper. It is not published yet; the receipt on this page shows it.`
        }
        isBusy={draw.isPending || publish.isPending}
        error={draw.error ?? publish.error}
        mayChange={may('publish', scope)}
        onFile={(file) => draw.mutate(file, { onSuccess: onDrawn })}
        onRemove={isOwn && drawn === undefined ? () => publish.mutate(null) : undefined}
      />
      {drawn === undefined ? null : (
        <div className="row-actions">
          <Button
            className="strong-button"
            loading={publish.isPending}
            data-testid="publish-logo"
            onClick={() => publish.mutate(drawn.png, { onSuccess: () => onDrawn(undefined) })}
          >
            Publish the logo
          </Button>
          <Button variant="default" onClick={() => onDrawn(undefined)}>
            As it was
          </Button>
        </div>
      )}
    </div>
  );
};

const Write = ({ scope, lsn, settings, places, timeZone }: WriteProps): ReactElement => {
  const { may } = useRights();
  const mayWrite = may('publish', scope);
  const there = {
    receiptHeader: textOf(settings, 'receiptHeader'),
    receiptFooter: textOf(settings, 'receiptFooter'),
    receiptLegal: textOf(settings, 'receiptLegal'),
  };
  const [written, setWritten] = useState(there);
  const [columns, setColumns] = useState<PaperColumns>('42');
  const [language, setLanguage] = useState('');
  const [reason, setReason] = useState('');
  const values = changedTexts(written, there);
  const [drawn, setDrawn] = useState<DrawnLogo>();
  const paper = useReceiptPreview({ scope, columns, language, texts: { ...values, ...(drawn && { receiptLogo: drawn.png }) } });
  const look = useSettingPreview();
  const save = useSaveSettings();
  const isChanged = Object.keys(values).length > 0;
  const wish = { scope, values, basedOn: lsn, ...(reason.trim() !== '' && { reason: reason.trim() }) };
  const touch = (): void => {
    look.reset();
    save.reset();
  };
  return (
    <div className="receipt-desk">
      <div className="block">
        <form
          className="card enrol-form"
          data-testid="write-receipt"
          onSubmit={(event) => {
            event.preventDefault();
            if (!isChanged) return;
            if (look.data === undefined) look.mutate(wish);
            else save.mutate(wish);
          }}
        >
          {RECEIPT_TEXTS.map(({ key, label }) => (
            <Textarea
              key={key}
              label={label}
              description={saidText(settings.find((setting) => setting.key === key)?.from ?? null, scope)}
              autosize
              minRows={2}
              maxRows={10}
              maxLength={4_000}
              readOnly={!mayWrite}
              variant={mayWrite ? 'default' : 'filled'}
              value={written[key]}
              onChange={(event) => {
                touch();
                setWritten({ ...written, [key]: event.currentTarget.value });
              }}
            />
          ))}
          {mayWrite ? (
            <>
              <p className="mut">
                A line <code>== de ==</code> begins what German receipts say instead.
              </p>
              <TextInput
                label="What for"
                description="Stands in the audit"
                value={reason}
                maxLength={200}
                onChange={(event) => setReason(event.currentTarget.value)}
              />
            </>
          ) : null}
          {look.data === undefined ? null : <Preview groups={look.data} timeZone={timeZone} places={places} />}
          <Failure error={look.error ?? save.error} />
          <MayPublish at={scope}>
            <div className="row-actions">
              <Button
                type="submit"
                className="strong-button"
                disabled={!isChanged}
                loading={look.isPending || save.isPending}
                data-testid={look.data === undefined ? 'preview-receipt' : 'publish-receipt'}
              >
                {look.data === undefined ? 'Preview by store' : 'Publish'}
              </Button>
              {isChanged ? (
                <Button
                  variant="default"
                  onClick={() => {
                    touch();
                    setWritten(there);
                  }}
                >
                  As it was
                </Button>
              ) : null}
            </div>
          </MayPublish>
        </form>
        <Logo
          scope={scope}
          isOwn={settings.some(({ key, from }) => key === 'receiptLogo' && from === scope)}
          drawn={drawn}
          onDrawn={setDrawn}
        />
      </div>
      <section aria-label="Preview" className="block">
        <div className="filter-row">
          <Select
            aria-label="Paper"
            w={190}
            allowDeselect={false}
            data={[...PAPERS]}
            value={columns}
            onChange={(value) => setColumns(PAPERS.find((each) => each.value === value)?.value ?? '42')}
          />
          <Select
            aria-label="Language"
            placeholder="The store’s language"
            w={190}
            clearable
            data={[...LANGUAGES]}
            value={language === '' ? null : language}
            onChange={(value) => setLanguage(value ?? '')}
          />
        </div>
        <Failure error={paper.error} />
        {paper.data === undefined ? null : <Paper of={paper.data} />}
      </section>
    </div>
  );
};

export const ReceiptsPage = ({ places, address, timeZone }: PageProps): ReactElement => {
  const { place = '' } = address.filters;
  const scope = place === '' ? 'global' : place;
  const asked = useSettings(scope);
  return (
    <div className="page" data-testid="receipts">
      <header className="page-head">
        <h1>Receipts</h1>
        <span className="mut">{placeName(places, scope)}</span>
        <div className="tools">
          <PlaceFilter address={address} />
        </div>
      </header>
      <Failure error={asked.error} />
      {asked.data === undefined ? (
        <p className="mut">Asking the hub…</p>
      ) : (
        <Write
          key={`${scope} ${asked.data.lsn}`}
          scope={scope}
          lsn={asked.data.lsn}
          settings={asked.data.settings}
          places={places}
          timeZone={timeZone}
        />
      )}
    </div>
  );
};

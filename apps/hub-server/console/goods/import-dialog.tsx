/** A file of goods: first what it would do, row by row where it would not; then it is brought in. */
import { Button, FileInput, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';

import { Counts, ExportButton, Failure, HeadCells } from '../table-parts.tsx';
import { reasonText, type Report, sendGoods } from './imports.ts';

/** The rest is in the exported table. */
const MOST_SHOWN = 100;

const Told = ({ report, isDone, name }: { readonly report: Report; readonly isDone: boolean; readonly name: string }): ReactElement => (
  <div data-testid="import-report" role="status">
    <Counts
      of={[
        [isDone ? 'made' : 'would be made', report.created],
        [isDone ? 'changed' : 'would change', report.changed],
        ['as they are', report.unchanged],
        ['refused rows', report.refused],
      ]}
    />
    {report.refusals.length === 0 ? null : (
      <>
        <div className="import-refusals">
          <table className="plain">
            <thead>
              <tr>
                <HeadCells labels={['Row', 'Why not', 'What stands there']} />
              </tr>
            </thead>
            <tbody>
              {report.refusals.slice(0, MOST_SHOWN).map(({ row, reason, value }) => (
                <tr key={`${row} ${reason}`}>
                  <td>{row}</td>
                  <td>{reasonText(reason)}</td>
                  <td className="mut">
                    <bdi>{value}</bdi>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <ExportButton
          name={`${name} refused`}
          header={['row', 'reason', 'value']}
          rows={() => report.refusals.map(({ row, reason, value }) => [String(row), reason, value])}
        />
      </>
    )}
  </div>
);

export const ImportDialog = ({ onClose }: { readonly onClose: () => void }): ReactElement => {
  const [file, setFile] = useState<File | null>(null);
  const client = useQueryClient();
  const preview = useMutation({ mutationFn: async (of: File) => sendGoods(of, true), networkMode: 'always' });
  const bring = useMutation({
    mutationFn: async (of: File) => sendGoods(of, false),
    networkMode: 'always',
    onSuccess: async () => {
      for (const key of ['products', 'product', 'changes', 'publications']) await client.invalidateQueries({ queryKey: [key] });
    },
  });
  const report = bring.data ?? preview.data;
  const hasWork = preview.data !== undefined && preview.data.created + preview.data.changed > 0;
  return (
    <Modal opened onClose={onClose} size={640} lockScroll={false} title={<span className="dialog-title">Bring goods from a file</span>}>
      <div className="enrol-form">
        <p className="mut">
          A workbook (XLSX, its first sheet), CSV or JSON, these also packed with gzip, with a row for each article: SKU, GTIN or PLU, name,
          price… The file that <b>Export</b> writes has every column. Nothing is changed before you have seen what would be.
        </p>
        <FileInput
          label="File"
          placeholder="Choose a file…"
          accept=".xlsx,.csv,.json,.jsonl,.gz,.txt"
          value={file}
          onChange={(next) => {
            bring.reset();
            preview.reset();
            setFile(next);
            if (next !== null) preview.mutate(next);
          }}
          data-testid="import-file"
        />
        {preview.isPending || bring.isPending ? <p role="status">{bring.isPending ? 'Bringing it in…' : 'Reading the file…'}</p> : null}
        {report === undefined || file === null ? null : <Told report={report} isDone={bring.data !== undefined} name={file.name} />}
        <Failure error={preview.error ?? bring.error} />
        <div className="row-actions">
          {bring.data === undefined ? (
            <Button
              className="strong-button"
              disabled={!hasWork || file === null}
              loading={bring.isPending}
              data-testid="import-goods"
              onClick={() => file !== null && bring.mutate(file)}
            >
              Bring it in
            </Button>
          ) : (
            <Button className="strong-button" onClick={onClose}>
              Done
            </Button>
          )}
        </div>
      </div>
    </Modal>
  );
};

/** The till's receipt on paper, for those who work with a till from outside: its shape, and what sets it. */
export { receiptToPrint, type PrintOptions } from '@holdfast/paper/receipt';

export { receiptSchema, type ReceiptView } from '../../shared/till-contract.ts';

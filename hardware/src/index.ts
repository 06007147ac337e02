export { memoryLink, type DevicePeer } from './link/memory-link.ts';
export type { Link, LinkConnection, LinkFault } from './link/link.ts';
export { parseAddress, type BadAddress } from './link/parse-address.ts';
export { encodeDocument } from './printers/encode.ts';
export { isPrinterModelId, PRINTER_MODEL_IDS, printerModel, type PrinterModel, type PrinterModelId } from './printers/models.ts';
export type { PrintBlock, PrintDocument } from './printers/print-document.ts';
export { createPrintQueue, type PrintJob, type PrintOutcome, type PrintQueue } from './printers/print-queue.ts';
export { createPrinter, hindrance, type PrintFault, type Printer, type PrintFaultReason } from './printers/printer.ts';
export type { PrinterCondition } from './printers/status.ts';
export { openTerminal, type BadTerminal, type TerminalPlace } from './terminals/open-terminal.ts';
export type {
  Approved,
  CardEntry,
  CardFacts,
  DeclineReason,
  NotStarted,
  PaymentTerminal,
  TerminalAct,
  TerminalAnswer,
  TerminalOrder,
  TerminalOutcome,
  TerminalTotals,
  Unknown,
} from './terminals/terminal.ts';

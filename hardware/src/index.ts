export {
  DEVICE_FAULT_REASONS,
  DEVICE_KINDS,
  type DeviceFault,
  type DeviceFaultReason,
  type DeviceHealth,
  type DeviceKind,
} from './device/device.ts';
export {
  fiscalMessage,
  type FiscalData,
  FISCAL_FAULTS,
  type FiscalFault,
  type FiscalSigned,
  type FiscalSigner,
  type FiscalStarted,
} from './fiscal/fiscal-signer.ts';
export { openFiscalSigner } from './fiscal/open-signer.ts';
export { findAttached, type AttachedDevice } from './device/find-attached.ts';
export { findNetworked } from './device/find-networked.ts';
export { deviceModels, entryFault, lineOf, linkOf, withoutSecret, withSecret, type BadEntry, type DeviceEntry } from './device/profile.ts';
export { openRegistry, type DeviceRegistry, type DeviceTiming, type RegisteredDevice } from './device/registry.ts';
export {
  DISPLAY_COLUMNS,
  DISPLAY_PROTOCOL_IDS,
  isDisplayProtocolId,
  type DisplayProtocolId,
  type DisplayRows,
} from './displays/display-protocols.ts';
export { createLineDisplay, type LineDisplay } from './displays/line-display.ts';
export { DEFAULT_STOCK, parseStock, type LabelBarcode, type LabelDocument, type LabelStock } from './labels/label-document.ts';
export { createLabelPrinter, type LabelPrinter } from './labels/label-printer.ts';
export { encodeLabel, isLabelModelId, LABEL_MODEL_IDS, type LabelModelId } from './labels/zpl.ts';
export { memoryLink, type DevicePeer } from './link/memory-link.ts';
export type { Link, LinkConnection, LinkFault } from './link/link.ts';
export { parseAddress, type BadAddress } from './link/parse-address.ts';
export { encodeDocument, needsPictures } from './printers/encode.ts';
export { isPrinterModelId, PRINTER_MODEL_IDS, printerModel, type PrinterModel, type PrinterModelId } from './printers/models.ts';
export { createPrintQueue, type PrintJob, type PrintOutcome, type PrintQueue } from './printers/print-queue.ts';
export { createPrinter, hindrance, type PrintFault, type Printer, type PrintFaultReason } from './printers/printer.ts';
export type { PrinterCondition } from './printers/status.ts';
export { openTerminal, type BadTerminal, type TerminalPlace } from './terminals/open-terminal.ts';
export { watchTerminal, type TerminalNames, type WatchedTerminal } from './terminals/watched-terminal.ts';
export { DECLINE_REASONS } from './terminals/terminal.ts';
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
export type { BaggingScale, BagSight } from './scales/bagging-scale.ts';
export { isScaleProtocolId, SCALE_PROTOCOL_IDS, type ScaleProtocolId } from './scales/protocols.ts';
export { NO_WEIGHT_REASONS, type NoWeightReason, type Weight } from './scales/scale-protocol.ts';
export { createScale, type NotZeroed, type NoWeight, type Scale } from './scales/scale.ts';
export type { ScannerEvent } from './scanners/scanner.ts';

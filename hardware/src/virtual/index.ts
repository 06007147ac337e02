/** Devices without the hardware: for tests, the demo, and `pnpm holdfast device`. */
export type { DisplayFaults } from './display/faults.ts';
export { displayPanel } from './display/panel.ts';
export { createVirtualDisplay, type VirtualDisplay } from './display/virtual-display.ts';
export { signerPanel } from './fiscal/panel.ts';
export {
  createVirtualSigner,
  parseSignerFaults,
  type FiscalTransaction,
  type SignerFaults,
  type VirtualSigner,
} from './fiscal/virtual-signer.ts';
export { parseLabelFaults, type LabelFaults } from './label/faults.ts';
export { labelPanel } from './label/panel.ts';
export { createVirtualLabelPrinter, type VirtualLabelPrinter } from './label/virtual-label-printer.ts';
export type { Panel } from './loopback-page.ts';
export { servePanel, type PanelFace } from './panel-server.ts';
export { parseFaults, type PrinterFaults } from './printer/faults.ts';
export { printerPanel } from './printer/panel.ts';
export { createVirtualPrinter, type VirtualPrinter, type VirtualPrinterState } from './printer/virtual-printer.ts';
export { parseScaleFaults, type ScaleFaults } from './scale/faults.ts';
export { scalePanel } from './scale/panel.ts';
export { createVirtualScale, type VirtualScale } from './scale/virtual-scale.ts';
export { parseScannerFaults, type ScannerFaults } from './scanner/faults.ts';
export { scannerPanel } from './scanner/panel.ts';
export { createVirtualScanner, type VirtualScanner } from './scanner/virtual-scanner.ts';
export type { BadScript } from './script.ts';
export { hasSocat, serveSerial, type SerialPlace } from './serial-pair.ts';
export { serveDevice, type DevicePort } from './tcp-server.ts';
export { parseTerminalFaults, type TerminalFaults } from './terminal/terminal-faults.ts';
export { serveTerminalPanel } from './terminal/terminal-panel.ts';
export { serveTerminal, TERMINAL_PROTOCOLS, type ServedTerminal, type TerminalProtocol } from './terminal/start-terminal.ts';
export { createVirtualTerminal, type VirtualTerminal, type VirtualTransaction } from './terminal/virtual-terminal.ts';
export { TEST_CARDS } from './terminal/test-cards.ts';

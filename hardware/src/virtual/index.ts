/** Devices without the hardware: for tests, the demo, and `pnpm holdfast device`. */
export { parseFaults, type BadScript, type PrinterFaults } from './printer/faults.ts';
export { servePanel, type Panel } from './printer/panel.ts';
export { createVirtualPrinter, type VirtualPrinter, type VirtualPrinterState } from './printer/virtual-printer.ts';
export { serveDevice, type DevicePort } from './tcp-server.ts';
export { parseTerminalFaults, type TerminalFaults } from './terminal/terminal-faults.ts';
export { serveTerminalPanel } from './terminal/terminal-panel.ts';
export { serveTerminal, TERMINAL_PROTOCOLS, type ServedTerminal, type TerminalProtocol } from './terminal/start-terminal.ts';
export { createVirtualTerminal, type VirtualTerminal, type VirtualTransaction } from './terminal/virtual-terminal.ts';

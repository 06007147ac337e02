/** A web page with a virtual terminal: its screen, cards to hold against it, its keys, and what goes wrong with it. */
import type { ServerResponse } from 'node:http';

import { serveLoopbackPage, type Panel } from '../loopback-page.ts';
import { parseTerminalFaults } from './terminal-faults.ts';
import { TEST_CARDS } from './test-cards.ts';
import { amountText, type VirtualTerminal, type VirtualTransaction } from './virtual-terminal.ts';

interface Key {
  readonly label: string;
  readonly press: (terminal: VirtualTerminal) => void;
}

const CARD_KEYS: Readonly<Record<string, Key>> = Object.fromEntries(
  TEST_CARDS.map(({ name }, place) => [`card-${place}`, { label: name, press: (terminal) => terminal.tap(name) } satisfies Key]),
);

const SHOPPER_KEYS: Readonly<Record<string, Key>> = {
  approve: { label: 'Approve', press: (terminal) => terminal.decide('approve') },
  decline: { label: 'Decline', press: (terminal) => terminal.decide('decline') },
  cancel: { label: 'Shopper cancels', press: (terminal) => terminal.decide('cancel') },
  timeout: { label: 'Nobody holds a card', press: (terminal) => void terminal.abort('timeout') },
};

const FAULT_KEYS: Readonly<Record<string, Key>> = {
  'lose-answer': { label: 'Approve, and lose the answer', press: (terminal) => withFault(terminal, { losesAnswers: true }) },
  'lose-decline': {
    label: 'Decline, and lose the answer',
    press: (terminal) => {
      const before = terminal.faults();
      terminal.setFaults({ ...before, losesAnswers: true });
      terminal.decide('decline');
      terminal.setFaults(before);
    },
  },
  'host-gone': { label: 'Host gone', press: (terminal) => terminal.setOnline(false) },
  'host-back': { label: 'Host back: accepts what waits', press: (terminal) => terminal.setOnline(true) },
  'host-declines': {
    label: 'Host back: declines what waits',
    press: (terminal) => {
      const before = terminal.faults();
      terminal.setFaults({ ...before, declinesLater: true });
      terminal.setOnline(true);
      terminal.setFaults(before);
    },
  },
  unplug: { label: 'Pull the plug', press: (terminal) => terminal.setPlugged(false) },
  plug: { label: 'Plug in', press: (terminal) => terminal.setPlugged(true) },
};

/** For the one that runs. */
function withFault(terminal: VirtualTerminal, fault: { readonly losesAnswers: true }): void {
  const before = terminal.faults();
  terminal.setFaults({ ...before, ...fault });
  terminal.decide('approve');
  terminal.setFaults(before);
}

const KEYS: Readonly<Record<string, Key>> = { ...CARD_KEYS, ...SHOPPER_KEYS, ...FAULT_KEYS };

const buttons = (keys: Readonly<Record<string, Key>>): string =>
  Object.entries(keys)
    .map(([id, { label }]) => `<button data-key="${id}">${label}</button>`)
    .join('');

const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>Payment terminal (virtual)</title>
<meta name="viewport" content="width=device-width">
<style>
:root{color-scheme:light dark;--ink:#1d2126;--paper:#fff;--ground:#e8e6e1;--line:#c4c2bc;--key:#f7f6f3;font:16px system-ui,sans-serif}
@media(prefers-color-scheme:dark){:root{--ink:#e9eaec;--paper:#1f2226;--ground:#14161a;--line:#454a52;--key:#2a2e34}}
body{margin:0;min-height:100vh;background:var(--ground);color:var(--ink);display:grid;grid-template-columns:minmax(20rem,26rem) 1fr;gap:2rem;padding:2rem;box-sizing:border-box}
section{background:var(--paper);border-radius:1rem;padding:1.25rem;display:grid;gap:.75rem;align-content:start}
h1{font-size:1.1rem;margin:0}h2{font-size:.85rem;margin:.5rem 0 0;font-weight:600}
output.screen{display:grid;place-items:center;text-align:center;min-height:8rem;border-radius:.75rem;padding:1rem;background:#0d2b1f;color:#c9f7dd;font-size:1.5rem;font-variant-numeric:tabular-nums}
output.screen[data-state="no power"]{background:#111;color:#555}
.keys{display:grid;grid-template-columns:1fr 1fr;gap:.5rem}
button{font:inherit;min-height:3rem;border:1px solid var(--line);border-radius:.6rem;background:var(--key);color:inherit;cursor:pointer;padding:.25rem .5rem}
button:focus-visible,input:focus-visible{outline:3px solid #1c6ef2;outline-offset:1px}
button:disabled{opacity:.45;cursor:default}
form{display:grid;gap:.5rem}input{font:inherit;min-height:2.75rem;padding:0 .6rem;border:1px solid var(--line);border-radius:.6rem;background:transparent;color:inherit}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{text-align:left;padding:.45rem .6rem;border-bottom:1px solid var(--line);font-size:.9rem}
td:nth-child(3),th:nth-child(3){text-align:right}
[role=alert]{color:#b3261e;min-height:1.2em}
@media(max-width:60rem){body{grid-template-columns:1fr;padding:1rem}}
</style>
<section><h1>Payment terminal (virtual)</h1>
<output class="screen" aria-live="polite"></output>
<h2>Hold a card against it</h2><div class="keys" data-needs="waiting">${buttons(CARD_KEYS)}</div>
<h2>Or decide whatever the card</h2><div class="keys" data-needs="waiting">${buttons(SHOPPER_KEYS)}</div>
<h2>What goes wrong</h2><div class="keys">${buttons(FAULT_KEYS)}</div>
<form><label for="script">As a script</label><input id="script" placeholder="approve after 300 ms, answer lost"><button>Set</button><div role="alert"></div></form>
</section>
<section><h1>Its journal</h1><table><thead><tr><th>What</th><th>Card</th><th>Amount</th><th>Became</th><th>Receipt</th></tr></thead><tbody></tbody></table></section>
<script>
const screen=document.querySelector('.screen'),rows=document.querySelector('tbody'),said=document.querySelector('[role=alert]');
const show=async()=>{const now=await(await fetch('state')).json();
screen.textContent=now.screen;screen.dataset.state=now.screen;
for(const key of document.querySelectorAll('[data-needs=waiting] button'))key.disabled=now.waiting===0;
rows.replaceChildren(...now.journal.map((cells)=>{const row=document.createElement('tr');row.append(...cells.map((cell)=>{const td=document.createElement('td');td.textContent=cell;return td}));return row}))};
new EventSource('changes').onmessage=show;
for(const key of document.querySelectorAll('[data-key]'))key.onclick=()=>fetch('press/'+key.dataset.key,{method:'POST'});
document.querySelector('form').onsubmit=async(event)=>{event.preventDefault();const answer=await fetch('script',{method:'POST',body:document.querySelector('#script').value});said.textContent=answer.ok?'':await answer.text()};
show();
</script></html>`;

const JOURNAL_ROWS = 30;

/** What is shown of a card: as much as a receipt would. */
const rowOf = (transaction: VirtualTransaction): readonly string[] => [
  transaction.act,
  transaction.card === undefined ? '' : `${transaction.card.brand} ${transaction.card.pan.slice(-4)}`,
  amountText(transaction),
  transaction.state === 'declined'
    ? `declined: ${transaction.reason ?? ''}`
    : `${transaction.state}${transaction.isOffline ? ', to be forwarded' : ''}`,
  transaction.receiptNumber === 0 ? '' : String(transaction.receiptNumber),
];

const MAX_SCRIPT_CHARS = 2_000;

/** `port` 0 takes any. Rejects where the port is taken. */
export const serveTerminalPanel = (terminal: VirtualTerminal, port: number): Promise<Panel> =>
  serveLoopbackPage(port, ({ method, path, request, response }) => {
    if (method === 'GET' && path === '') return void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
    if (method === 'GET' && path === 'state') {
      const journal = terminal.journal().slice(-JOURNAL_ROWS).toReversed().map(rowOf);
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ ...terminal.state(), journal }));
    }
    if (method === 'GET' && path === 'changes') return streamChanges(terminal, response);
    const key = path.startsWith('press/') ? KEYS[path.slice('press/'.length)] : undefined;
    if (method === 'POST' && key !== undefined) {
      key.press(terminal);
      return void response.writeHead(204).end();
    }
    if (method !== 'POST' || path !== 'script') return void response.writeHead(404).end();
    let script = '';
    request.setEncoding('utf8').on('data', (text: string) => (script = (script + text).slice(0, MAX_SCRIPT_CHARS)));
    request.on('end', () => {
      const faults = parseTerminalFaults(script);
      if (faults.ok) terminal.setFaults(faults.value);
      response
        .writeHead(faults.ok ? 204 : 400, { 'content-type': 'text/plain; charset=utf-8' })
        .end(faults.ok ? '' : `Not known: ${faults.error.word}`);
    });
    return undefined;
  });

function streamChanges(terminal: VirtualTerminal, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const stop = terminal.onChange(() => response.write('data: change\n\n'));
  response.on('close', stop);
}

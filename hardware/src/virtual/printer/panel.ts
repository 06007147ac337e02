/** A web page on which the paper of a virtual printer comes out, and a person can take the paper away. Loopback only. */
import { createServer, type ServerResponse } from 'node:http';

import { parseFaults } from './faults.ts';
import type { VirtualPrinter } from './virtual-printer.ts';

export interface Panel {
  readonly url: string;
  close(): Promise<void>;
}

const ACTIONS: Readonly<Record<string, (printer: VirtualPrinter) => void>> = {
  'load-paper': (printer) => printer.loadPaper(),
  'take-paper': (printer) => printer.takePaperAway(),
  'open-cover': (printer) => printer.setCover(true),
  'close-cover': (printer) => printer.setCover(false),
  'close-drawer': (printer) => printer.closeDrawer(),
  unplug: (printer) => printer.setPlugged(false),
  plug: (printer) => printer.setPlugged(true),
  tear: (printer) => printer.tear(),
};

const page = (name: string): string => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${name}</title>
<meta name="viewport" content="width=device-width">
<style>
:root{color-scheme:light dark;font:16px system-ui,sans-serif}
body{margin:0;display:grid;grid-template-columns:minmax(16rem,22rem) 1fr;min-height:100vh;background:#e8e6e1;color:#222}
aside{padding:1.5rem;display:grid;gap:.75rem;align-content:start;background:#fff}
h1{font-size:1.15rem;margin:0}
button{font:inherit;min-height:2.75rem;border:1px solid #bbb;border-radius:.5rem;background:#fafafa;color:#222;cursor:pointer}
button:focus-visible,input:focus-visible{outline:3px solid #1c6ef2}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:0}dt{color:#666}dd{margin:0;text-align:right}
form{display:grid;gap:.5rem}input{font:inherit;min-height:2.5rem;padding:0 .6rem;border:1px solid #bbb;border-radius:.5rem}
main{padding:2rem;overflow:auto;max-height:100vh;box-sizing:border-box;display:flex;flex-direction:column;align-items:center}
img{box-shadow:0 2px 18px #0003;image-rendering:pixelated;max-width:100%;background:#fff}
output{color:#a11;min-height:1.2em}
</style>
<aside><h1>${name}</h1><dl id="state"></dl>
${Object.keys(ACTIONS)
  .map((action) => `<button data-action="${action}">${action.replace('-', ' ')}</button>`)
  .join('')}
<form><label for="script">What goes wrong</label><input id="script" placeholder="paper-out after 12 lines"><button>Set</button><output></output></form></aside>
<main><img alt="The paper so far" src="paper.png"></main>
<script>
const state=document.querySelector('#state'),image=document.querySelector('img'),said=document.querySelector('output');
const show=async()=>{const now=await(await fetch('state')).json();
state.replaceChildren(...Object.entries(now).flatMap(([key,value])=>{const dt=document.createElement('dt'),dd=document.createElement('dd');dt.textContent=key;dd.textContent=String(value);return[dt,dd]}));
image.src='paper.png?'+Date.now();const main=document.querySelector('main');image.onload=()=>{main.scrollTop=main.scrollHeight}};
new EventSource('changes').onmessage=show;
for(const button of document.querySelectorAll('[data-action]'))button.onclick=()=>fetch('do/'+button.dataset.action,{method:'POST'});
document.querySelector('form').onsubmit=async(event)=>{event.preventDefault();const answer=await fetch('script',{method:'POST',body:document.querySelector('#script').value});said.textContent=answer.ok?'':await answer.text()};
show();
</script></html>`;

/** A change is told at most so often: a receipt is a hundred of them. */
const TELL_MS = 80;
const MAX_SCRIPT_CHARS = 2_000;

/** `port` 0 takes any. Rejects where the port is taken. */
export async function servePanel(printer: VirtualPrinter, port: number): Promise<Panel> {
  const name = `${printer.model.name} (virtual)`;
  const server = createServer((request, response) => {
    const { method = 'GET' } = request;
    const path = new URL(request.url ?? '/', 'http://panel').pathname.slice(1);
    // Only the page itself may press its buttons: other sites' pages cannot name this host.
    const host = request.headers.host ?? '';
    if (!/^(?:127\.0\.0\.1|localhost):\d+$/.test(host)) return void response.writeHead(403).end();
    const origin = request.headers.origin;
    if (method === 'POST' && origin !== undefined && origin !== `http://${host}`) return void response.writeHead(403).end();
    if (method === 'GET' && path === '')
      return void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(name));
    if (method === 'GET' && path === 'paper.png')
      return void response.writeHead(200, { 'content-type': 'image/png', 'cache-control': 'no-store' }).end(printer.png());
    if (method === 'GET' && path === 'state')
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(printer.state()));
    if (method === 'GET' && path === 'changes') return streamChanges(printer, response);
    const action = ACTIONS[path.replace(/^do\//, '')];
    if (method === 'POST' && action !== undefined) {
      action(printer);
      return void response.writeHead(204).end();
    }
    if (method === 'POST' && path === 'script') {
      let script = '';
      request.setEncoding('utf8').on('data', (text: string) => (script = (script + text).slice(0, MAX_SCRIPT_CHARS)));
      request.on('end', () => {
        const faults = parseFaults(script);
        if (faults.ok) printer.setFaults(faults.value);
        response
          .writeHead(faults.ok ? 204 : 400, { 'content-type': 'text/plain; charset=utf-8' })
          .end(faults.ok ? '' : `Not known: ${faults.error.word}`);
      });
      return undefined;
    }
    return void response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function streamChanges(printer: VirtualPrinter, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  let timer: NodeJS.Timeout | undefined;
  const stop = printer.onChange(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      response.write('data: change\n\n');
    }, TELL_MS);
  });
  response.on('close', () => {
    stop();
    clearTimeout(timer);
  });
}

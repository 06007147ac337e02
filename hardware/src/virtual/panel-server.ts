/**
 * The web page of a virtual device: what it shows, what a person does to it, and what goes wrong with it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Result } from '@holdfast/base';

import { serveLoopbackPage, type PageRequest, type Panel } from './loopback-page.ts';
import type { BadScript } from './script.ts';

/** What one device puts on its page. */
export interface PanelFace {
  readonly name: string;
  state(): object;
  onChange(listener: () => void): () => void;
  /** Buttons, by what stands on them. */
  readonly actions: Readonly<Record<string, () => void>>;
  /** What comes with a value (`POST set/NAME`); the answer is shown where it is not empty. */
  readonly settings?: Readonly<Record<string, (value: Buffer) => string | Promise<string>>>;
  readonly setFaults: (script: string) => Result<unknown, BadScript>;
  readonly exampleFault: string;
  /** `picture.png` */
  readonly picture?: () => Buffer;
  /** The page's larger half, and what moves in it: a script with `state` (what the device says) and `post(path, body)` at hand. */
  readonly main: string;
  readonly onState: string;
}

const STYLE = `:root{color-scheme:light dark;font:16px system-ui,sans-serif}
body{margin:0;display:grid;grid-template-columns:minmax(16rem,22rem) 1fr;min-height:100vh;background:#e8e6e1;color:#222}
aside{padding:1.5rem;display:grid;gap:.75rem;align-content:start;background:#fff}
h1{font-size:1.15rem;margin:0}
button{font:inherit;min-height:2.75rem;border:1px solid #bbb;border-radius:.5rem;background:#fafafa;color:#222;cursor:pointer}
button:focus-visible,input:focus-visible{outline:3px solid #1c6ef2}
dl{display:grid;grid-template-columns:auto 1fr;gap:.25rem 1rem;margin:0}dt{color:#666}dd{margin:0;text-align:right;overflow-wrap:anywhere}
form{display:grid;gap:.5rem}input{font:inherit;min-height:2.5rem;padding:0 .6rem;border:1px solid #bbb;border-radius:.5rem;background:#fff;color:#222}
main{padding:2rem;overflow:auto;max-height:100vh;box-sizing:border-box;display:flex;flex-direction:column;align-items:center;gap:1.5rem}
img{box-shadow:0 2px 18px #0003;image-rendering:pixelated;max-width:100%;background:#fff}
output{color:#a11;min-height:1.2em}
.figure{font:600 clamp(1.4rem,4.2vw,5rem)/1 ui-monospace,monospace;background:#10261b;color:#7dffb0;padding:1.5rem 2rem;border-radius:.75rem;width:min(40rem,100%);box-sizing:border-box;text-align:right;white-space:nowrap}
.figure[data-moving=true]{opacity:.55}
input[type=range]{width:min(40rem,100%);min-height:3rem}
.rows{text-align:left;white-space:pre;font-size:clamp(1rem,2.6vw,2rem);line-height:1.6}
.wide{width:min(40rem,100%)}
.drop{border:3px dashed #999;border-radius:1rem;padding:3rem;text-align:center;width:min(40rem,100%);box-sizing:border-box}
.drop[data-over=true]{border-color:#1c6ef2;background:#eaf1ff}`;

const escaped = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

const page = ({
  name,
  actions,
  exampleFault,
  main,
  onState,
}: PanelFace): string => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(name)}</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>${STYLE}</style>
<aside><h1>${escaped(name)}</h1><dl id="state"></dl>
${Object.keys(actions)
  .map((action) => `<button data-action="${action}">${action.replaceAll('-', ' ')}</button>`)
  .join('')}
<form id="faults"><label for="script">What goes wrong</label><input id="script" placeholder="${escaped(exampleFault)}"><button>Set</button><output></output></form></aside>
<main>${main}</main>
<script>
const list=document.querySelector('#state'),said=document.querySelector('#faults output');
const post=async(path,body)=>{const answer=await fetch(path,{method:'POST',body});return{ok:answer.ok,text:await answer.text()}};
const show=async()=>{const state=await(await fetch('state')).json();
list.replaceChildren(...Object.entries(state).flatMap(([key,value])=>{const dt=document.createElement('dt'),dd=document.createElement('dd');dt.textContent=key;dd.textContent=String(value);return[dt,dd]}));
onState(state)};
for(const button of document.querySelectorAll('[data-action]'))button.onclick=()=>post('do/'+button.dataset.action);
document.querySelector('#faults').onsubmit=async(event)=>{event.preventDefault();const answer=await post('script',document.querySelector('#script').value);said.textContent=answer.ok?'':answer.text};
${onState}
new EventSource('changes').onmessage=show;show();
</script></html>`;

/** A change is told at most so often: a receipt is a hundred of them. */
const TELL_MS = 80;
const MAX_SCRIPT_BYTES = 2_000;
const MAX_VALUE_BYTES = 10_000_000;

/** `port` 0 takes any. Rejects where the port is taken. */
export const servePanel = (face: PanelFace, port: number): Promise<Panel> => serveLoopbackPage(port, (asked) => answer(face, asked));

async function answer(face: PanelFace, { method, path, request, response }: PageRequest): Promise<void> {
  if (method === 'POST') return await act(face, path, request, response);
  if (path === '') return send(response, 200, 'text/html; charset=utf-8', page(face));
  if (path === 'state') return send(response, 200, 'application/json', JSON.stringify(face.state()));
  if (path === 'changes') return streamChanges(face, response);
  if (path === 'picture.png' && face.picture !== undefined) return send(response, 200, 'image/png', face.picture());
  return send(response, 404, 'text/plain', '');
}

async function act(face: PanelFace, path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [deed = '', name = ''] = path.split('/');
  const action = deed === 'do' && Object.hasOwn(face.actions, name) ? face.actions[name] : undefined;
  if (action !== undefined) {
    action();
    return send(response, 204, 'text/plain', '');
  }
  if (path === 'script') {
    const faults = face.setFaults((await bodyOf(request, MAX_SCRIPT_BYTES)).toString('utf8'));
    return faults.ok
      ? send(response, 204, 'text/plain', '')
      : send(response, 400, 'text/plain; charset=utf-8', `Not known: ${faults.error.word}`);
  }
  const settings = face.settings ?? {};
  const set = deed === 'set' && Object.hasOwn(settings, name) ? settings[name] : undefined;
  if (set === undefined) return send(response, 404, 'text/plain', '');
  return send(response, 200, 'text/plain; charset=utf-8', await set(await bodyOf(request, MAX_VALUE_BYTES)));
}

async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBytes) throw new Error('the value is too long');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

function streamChanges(face: PanelFace, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  let timer: NodeJS.Timeout | undefined;
  const stop = face.onChange(() => {
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

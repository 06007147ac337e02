/** The page of a virtual scanner: a person types a code, or drops a picture of one. */
import type { PanelFace } from '../panel-server.ts';
import { parseScannerFaults } from './faults.ts';
import { readPicture } from './read-picture.ts';
import type { VirtualScanner } from './virtual-scanner.ts';

const NOBODY = 'Nobody listens: no till has opened this scanner.';

export const scannerPanel = (scanner: VirtualScanner): PanelFace => ({
  name: `Scanner, ${scanner.model} (virtual)`,
  state: () => scanner.state(),
  onChange: (listener) => scanner.onChange(listener),
  actions: { unplug: () => scanner.setPlugged(false), plug: () => scanner.setPlugged(true) },
  settings: {
    scan: (value) => {
      const text = value.toString('utf8').replaceAll('{GS}', '\u001d');
      if (text === '') return 'There is nothing to scan.';
      return scanner.scan(text) ? '' : NOBODY;
    },
    picture: async (value) => {
      const found = await readPicture(value);
      if (found.length === 0) return 'There is no code in this picture.';
      return found.every(({ text, aim }) => scanner.scan(text, aim)) ? '' : NOBODY;
    },
  },
  setFaults: (script) => {
    const faults = parseScannerFaults(script);
    if (faults.ok) scanner.setFaults(faults.value);
    return faults;
  },
  exampleFault: 'reads twice',
  main: `<form id="scan" class="wide"><label for="code">A code, as a scanner reads it ({GS} for FNC1; ]C1 and its like in front)</label>
<input id="code" autofocus autocomplete="off" spellcheck="false"><button>Scan</button></form>
<div class="drop" tabindex="0">Drop pictures of codes here, or paste one</div><output id="told"></output>`,
  onState: `const code=document.querySelector('#code'),drop=document.querySelector('.drop'),told=document.querySelector('#told');
document.querySelector('#scan').onsubmit=async(event)=>{event.preventDefault();told.textContent=(await post('set/scan',code.value)).text;code.select()};
const read=async(files)=>{for(const file of files)told.textContent=(await post('set/picture',file)).text};
drop.ondragover=(event)=>{event.preventDefault();drop.dataset.over=true};drop.ondragleave=()=>{drop.dataset.over=false};
drop.ondrop=(event)=>{event.preventDefault();drop.dataset.over=false;read(event.dataTransfer.files)};
document.onpaste=(event)=>{if(event.clipboardData.files.length>0)read(event.clipboardData.files)};
const onState=()=>{};`,
});

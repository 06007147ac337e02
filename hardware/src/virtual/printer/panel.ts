/** The page on which the paper of a virtual printer comes out, and a person can take the paper away. */
import type { PanelFace } from '../panel-server.ts';
import { parseFaults } from './faults.ts';
import type { VirtualPrinter } from './virtual-printer.ts';

export const printerPanel = (printer: VirtualPrinter): PanelFace => ({
  name: `${printer.model.name} (virtual)`,
  state: () => printer.state(),
  onChange: (listener) => printer.onChange(listener),
  actions: {
    'load-paper': () => printer.loadPaper(),
    'take-paper': () => printer.takePaperAway(),
    'open-cover': () => printer.setCover(true),
    'close-cover': () => printer.setCover(false),
    'open-drawer': () => printer.openDrawer(),
    'close-drawer': () => printer.closeDrawer(),
    unplug: () => printer.setPlugged(false),
    plug: () => printer.setPlugged(true),
    tear: () => printer.tear(),
  },
  setFaults: (script) => {
    const faults = parseFaults(script);
    if (faults.ok) printer.setFaults(faults.value);
    return faults;
  },
  exampleFault: 'paper-out after 12 lines',
  picture: () => printer.png(),
  main: '<img alt="The paper so far" src="picture.png">',
  onState: `const image=document.querySelector('img'),pane=document.querySelector('main');
const onState=()=>{image.src='picture.png?'+Date.now();image.onload=()=>{pane.scrollTop=pane.scrollHeight}};`,
});

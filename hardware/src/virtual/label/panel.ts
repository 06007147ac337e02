/** The page on which the labels of a virtual label printer come out. */
import type { PanelFace } from '../panel-server.ts';
import { parseLabelFaults } from './faults.ts';
import type { VirtualLabelPrinter } from './virtual-label-printer.ts';

export const labelPanel = (printer: VirtualLabelPrinter): PanelFace => ({
  name: `Label printer, ${printer.model} (virtual)`,
  state: () => printer.state(),
  onChange: (listener) => printer.onChange(listener),
  actions: {
    'load-labels': () => printer.setPaper(true),
    'take-labels': () => printer.setPaper(false),
    'open-head': () => printer.setHeadUp(true),
    'close-head': () => printer.setHeadUp(false),
    unplug: () => printer.setPlugged(false),
    plug: () => printer.setPlugged(true),
    tear: () => printer.tear(),
  },
  setFaults: (script) => {
    const faults = parseLabelFaults(script);
    if (faults.ok) printer.setFaults(faults.value);
    return faults;
  },
  exampleFault: 'paper-out after 2 labels',
  picture: () => printer.png(),
  main: '<img alt="The labels so far" src="picture.png">',
  onState: `const image=document.querySelector('img'),pane=document.querySelector('main');
const onState=()=>{image.src='picture.png?'+Date.now();image.onload=()=>{pane.scrollTop=pane.scrollHeight}};`,
});

/** The page of a virtual fiscal signer: what it signed last, and how often. */
import type { PanelFace } from '../panel-server.ts';
import { parseSignerFaults, type VirtualSigner } from './virtual-signer.ts';

export const signerPanel = (signer: VirtualSigner): PanelFace => ({
  name: 'Fiscal signer (virtual)',
  state: () => signer.state(),
  onChange: (listener) => signer.onChange(listener),
  actions: { unplug: () => signer.setPlugged(false), plug: () => signer.setPlugged(true) },
  setFaults: (script) => {
    const faults = parseSignerFaults(script);
    if (faults.ok) signer.setFaults(faults.value);
    return faults;
  },
  exampleFault: 'slow 2000 ms',
  main: `<div class="figure" id="counter">0</div><output id="last" class="wide"></output>`,
  onState: `const onState=(state)=>{document.querySelector('#counter').textContent=state.counter;document.querySelector('#last').textContent=state.last};`,
});

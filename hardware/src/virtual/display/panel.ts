/** The page that shows what stands on a virtual customer display. */
import type { PanelFace } from '../panel-server.ts';
import { parseDisplayFaults } from './faults.ts';
import type { VirtualDisplay } from './virtual-display.ts';

export const displayPanel = (display: VirtualDisplay): PanelFace => ({
  name: `Customer display, ${display.protocol} (virtual)`,
  state: () => display.state(),
  onChange: (listener) => display.onChange(listener),
  actions: {
    unplug: () => display.setPlugged(false),
    plug: () => display.setPlugged(true),
  },
  setFaults: (script) => {
    const faults = parseDisplayFaults(script);
    if (faults.ok) display.setFaults(faults.value);
    return faults;
  },
  exampleFault: 'unplugged after 5 rows',
  main: '<div class="figure rows" role="img"><div></div><div></div></div>',
  onState: `const glass=document.querySelector('.rows'),[upper,lower]=glass.children;
const onState=(state)=>{upper.textContent=state.upper;lower.textContent=state.lower;glass.setAttribute('aria-label',state.upper.trim()+', '+state.lower.trim());glass.dataset.moving=!state.isPlugged};`,
});

/** The page on which a person puts goods on a virtual scale. */
import type { PanelFace } from '../panel-server.ts';
import { parseScaleFaults } from './faults.ts';
import type { VirtualScale } from './virtual-scale.ts';

/** A little more than it carries can be put on it. */
const BEYOND_GRAMS = 1_000;

export const scalePanel = (scale: VirtualScale): PanelFace => ({
  name: `Scale, ${scale.protocol} (virtual)`,
  state: () => scale.state(),
  onChange: (listener) => scale.onChange(listener),
  actions: {
    'take-all-off': () => scale.put(0),
    tare: () => scale.pressTare(),
    zero: () => scale.pressZero(),
    unplug: () => scale.setPlugged(false),
    plug: () => scale.setPlugged(true),
  },
  settings: {
    load: (value) => {
      const grams = Number(value.toString('utf8'));
      if (!Number.isInteger(grams) || grams < 0 || grams > scale.capacityGrams + BEYOND_GRAMS) return 'That is no weight.';
      scale.put(grams);
      return '';
    },
  },
  setFaults: (script) => {
    const faults = parseScaleFaults(script);
    if (faults.ok) scale.setFaults(faults.value);
    return faults;
  },
  exampleFault: 'unstable for 3 s',
  main: `<div class="figure"></div><label class="wide" for="load">What lies on it, in grams</label>
<input id="load" type="range" min="0" max="${scale.capacityGrams + BEYOND_GRAMS}" step="1" value="0"><input id="grams" class="wide" inputmode="numeric" aria-label="Grams">`,
  onState: `const figure=document.querySelector('.figure'),load=document.querySelector('#load'),grams=document.querySelector('#grams');
const put=(value)=>post('set/load',String(value));
load.oninput=()=>put(load.value);grams.onchange=()=>put(Number(grams.value)||0);
const onState=(state)=>{figure.textContent=state.isOver?'OVER':(state.shownGrams/1000).toFixed(3)+' kg';figure.dataset.moving=state.isMoving;
if(document.activeElement!==load)load.value=state.loadGrams;if(document.activeElement!==grams)grams.value=state.loadGrams};`,
});

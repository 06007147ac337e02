import '@holdfast/ui/styles.css';
import './console.css';
import { assert } from '@holdfast/base';
import { HoldfastProvider } from '@holdfast/ui';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './app.tsx';
import { tellPresence } from './ask.ts';
import { LOCALE } from './format.ts';
import { createPresence } from './presence.ts';
import { createQueryClient } from './queries.ts';

const root = document.getElementById('root');
assert(root, 'index.html has a #root');

tellPresence(createPresence(window));
createRoot(root).render(
  <StrictMode>
    <HoldfastProvider locale={LOCALE}>
      <QueryClientProvider client={createQueryClient()}>
        <App />
      </QueryClientProvider>
    </HoldfastProvider>
  </StrictMode>,
);

/** `npm start`: arguments come in, the evaluation station opens on Node 24. */
import { begin } from './begin.mjs';

begin('build/start.ts');

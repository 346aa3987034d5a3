/** `npm run package`: which packages and options come in, they are made on Node 24. */
import { begin } from './begin.mjs';

begin('build/package/main.ts');

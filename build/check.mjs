/** `npm run check`: names come in (none: all), the static checks run on Node 24. */
import { begin } from './begin.mjs';

begin('build/check.ts');

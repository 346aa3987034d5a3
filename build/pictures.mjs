/** `npm run pictures`: names come in (none: all), the screens are drawn on Node 24. */
import { begin } from './begin.mjs';

begin('build/pictures.ts');

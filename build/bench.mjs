/** `npm run bench`: row ids come in (none: all), the bench runs on Node 24. */
import { begin } from './begin.mjs';

begin('test/bench/main.ts');

/** `npm test`: patterns come in (none: everything), the test runner runs on Node 24. */
import { begin } from './begin.mjs';

begin('test/run.ts');

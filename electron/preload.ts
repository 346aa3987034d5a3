/** The installed face's preload script: nothing comes in, the page gets its Bridge and nothing else. */
import { exposeBridge } from './expose.ts';

exposeBridge();

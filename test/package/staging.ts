/** A platform and a folder come in as arguments; what is installed lies there afterwards, made by the clone that this file lies in. */
import type { Platform } from '../../build/package/executable.ts';
import { stagePayload } from '../../build/package/payload.ts';

const [platform, to] = process.argv.slice(2) as [Platform, string];
await stagePayload({ platform, to, face: 'none', standIn: true });

/** A folder and the environment of a virtual reader come in; a whole evaluation station without a window runs in this process and says when a tap would count. */
import { startEvaluation } from '../../agent/evaluation/evaluation.ts';
import { defaultPolicy } from '../../core/policy.ts';

const [dir = ''] = process.argv.slice(2);
const station = await startEvaluation({ dir, version: '0.0.0', policy: defaultPolicy, fresh: false, tray: false, say: () => undefined });
process.send?.({ ready: station.agent.queue.state().readers.length });
process.once('SIGTERM', () => void station.stop('bench over').then(() => process.exit(0)));

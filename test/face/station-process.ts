/** A folder, a socket's path and a policy come in as arguments; the real agent runs with its door for faces and every PC/SC reader, and tells its parent what it shows. To be killed. */

import { startEvaluation } from '../../agent/evaluation/evaluation.ts';
import { openFaceDoor } from '../../agent/face/door.ts';
import type { Gesture } from '../../core/bridge.ts';
import { defaultPolicy, type Policy } from '../../core/policy.ts';
import type { Screen } from '../../core/view.ts';
import { peerOf } from '../../native/peer/peer.ts';

export type Told =
  | { readonly kind: 'screen'; readonly screen: Screen }
  /** Whether a face covers every display, by its own beats. */
  | { readonly kind: 'present'; readonly present: boolean }
  /** The face of this process answers, whether it covers or not. */
  | { readonly kind: 'beat'; readonly pid: number }
  | { readonly kind: 'refused'; readonly what: string }
  /** A gesture was taken from a face. */
  | { readonly kind: 'gesture'; readonly gesture: Gesture['kind'] }
  /** What it said came of a ceremony was taken. */
  | { readonly kind: 'answer' }
  /** A face was not let in, or was put out. */
  | { readonly kind: 'noted'; readonly text: string };

const [dir = '', door = '', policy = '{}'] = process.argv.slice(2);
const tell = (told: Told): void => void process.send?.(told);

const station = await startEvaluation({
  dir,
  version: '0.0.0',
  policy: { ...defaultPolicy, theme: 'night', stationName: 'Ward 4 · Cart 12', ...(JSON.parse(policy) as Partial<Policy>) },
  fresh: false,
  tray: false,
  say: () => undefined,
  pcscEnv: { PCSCLITE_CSOCK_NAME: process.env['PCSCLITE_CSOCK_NAME'] ?? '' },
});
station.agent.faces.connect((message) => message.kind === 'frame' && tell({ kind: 'screen', screen: message.frame.view.screen }));
await openFaceDoor({
  path: door,
  peerOf,
  mode: 0o666,
  accepts: () => true,
  faces: station.agent.faces,
  gesture: (gesture) => {
    tell({ kind: 'gesture', gesture: gesture.kind });
    station.agent.gesture(gesture);
  },
  answer: (answer) => {
    tell({ kind: 'answer' });
    station.agent.keyAnswer(answer);
  },
  keyboard: station.agent.keyboard,
  beaten: (peer) => tell({ kind: 'beat', pid: peer?.pid ?? 0 }),
  presence: (present) => {
    station.agent.queue.dispatch({ kind: 'face', present });
    tell({ kind: 'present', present });
  },
  refused: (what) => tell({ kind: 'refused', what }),
  noted: (text) => {
    tell({ kind: 'noted', text });
    process.stderr.write(`${text}\n`);
  },
});
process.on('message', (gesture) => station.agent.gesture(gesture as Gesture));
process.on('disconnect', () => process.exit(0));

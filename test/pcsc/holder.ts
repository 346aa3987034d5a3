/** A reader's name comes in as the argument; its card is held exclusively, as another program may do it, until standard input ends. Says "held" when it is. */
import koffi from 'koffi';

const library = koffi.load('libpcsclite.so.1');
const out = (type: string) => koffi.out(koffi.pointer(type));
const establish = library.func('SCardEstablishContext', 'long', ['ulong', 'void *', 'void *', out('long')]) as (...args: unknown[]) => number;
const connect = library.func('SCardConnect', 'long', ['long', 'str', 'ulong', 'ulong', out('long'), out('ulong')]) as (...args: unknown[]) => number;

const [exclusive, anyProtocol] = [1, 3];
const context = [0];
const attempt = (): boolean => connect(context[0], process.argv[2], exclusive, anyProtocol, [0], [0]) === 0;

if (establish(2, null, null, context) !== 0) throw new Error('no context');
// The card may be on its way, or be held by the reader under test for a moment.
const held = setInterval(() => {
  if (!attempt()) return;
  clearInterval(held);
  process.stdout.write('held\n');
}, 5);
process.stdin.on('end', () => process.exit(0)).resume();

/** Another PC/SC program: a reader's name comes in as the argument, calls line by line on standard input; each is made, and its return code goes out. */
import { createInterface } from 'node:readline';
import koffi from 'koffi';

const library = koffi.load('libpcsclite.so.1');
const out = (type: string) => koffi.out(koffi.pointer(type));
type Call = (...args: unknown[]) => number;
const establish = library.func('SCardEstablishContext', 'long', ['ulong', 'void *', 'void *', out('long')]) as Call;
const connect = library.func('SCardConnect', 'long', ['long', 'str', 'ulong', 'ulong', out('long'), out('ulong')]) as Call;
const begin = library.func('SCardBeginTransaction', 'long', ['long']) as Call;
const end = library.func('SCardEndTransaction', 'long', ['long', 'ulong']) as Call;
const disconnect = library.func('SCardDisconnect', 'long', ['long', 'ulong']) as Call;
const transmit = library.func('SCardTransmit', 'long', ['long', 'void *', 'void *', 'ulong', 'void *', 'void *', koffi.inout(koffi.pointer('ulong'))]) as Call;

const [exclusive, shared, anyProtocol, leaveCard, resetCard, t1] = [1, 2, 3, 0, 1, 2];
const context = [0];
const card = [0];
if (establish(2, null, null, context) !== 0) throw new Error('no context');

function call(what: string, bytes: string): number {
  switch (what) {
    case 'connect':
      return connect(context[0], process.argv[2], bytes === 'exclusive' ? exclusive : shared, anyProtocol, card, [0]);
    case 'begin':
      return begin(card[0]);
    case 'end':
      return end(card[0], bytes === 'reset' ? resetCard : leaveCard);
    case 'disconnect':
      return disconnect(card[0], bytes === 'reset' ? resetCard : leaveCard);
    case 'send': {
      const command = Buffer.from(bytes, 'hex');
      const request = Buffer.alloc(16);
      request.writeUInt32LE(t1, 0);
      request.writeUInt32LE(request.length, 8);
      return transmit(card[0], request, command, command.length, null, Buffer.alloc(65_548), [65_548]);
    }
    default:
      throw new Error(`no such call: ${what}`);
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const [what = '', bytes = ''] = line.split(' ');
  process.stdout.write(`${(call(what, bytes) >>> 0).toString(16)}\n`);
});

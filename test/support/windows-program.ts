/** The message DLL, numbers and a file come in; what Windows makes of each number with a detail, and whether its log took an event, go out to the file. Bundled by the test, run by Node for Windows. */
import { writeFileSync } from 'node:fs';
import koffi from 'koffi';
import { openEventLog } from '../../native/windows-events/event-log.ts';

const [, , dll = '', numbers = '', answer = ''] = process.argv;
const asDataFile = 0x2;
/** FORMAT_MESSAGE_FROM_HMODULE and FORMAT_MESSAGE_ARGUMENT_ARRAY. */
const fromModule = 0x800 | 0x2000;

try {
  const kernel = koffi.load('kernel32.dll');
  const load = kernel.func('LoadLibraryExW', 'intptr_t', ['str16', 'void *', 'uint32_t']) as (path: string, file: null, flags: number) => number | bigint;
  const format = kernel.func('FormatMessageW', 'uint32_t', ['uint32_t', 'intptr_t', 'uint32_t', 'uint32_t', 'void *', 'uint32_t', 'str16 *']) as (
    flags: number,
    module: number | bigint,
    id: number,
    language: number,
    into: Uint8Array,
    size: number,
    inserts: readonly string[],
  ) => number;
  const module = load(dll, null, asDataFile);
  const texts = numbers.split(',').map((number) => {
    const into = Buffer.alloc(4_096);
    const length = format(fromModule, module, Number(number), 0, into, into.length / 2, ['<detail>']);
    return into.toString('utf16le', 0, 2 * length);
  });
  const took = openEventLog()?.({ number: 1401, type: 'warning', detail: 'line 3: "typo" is not a setting' });
  writeFileSync(answer, JSON.stringify({ texts, took }));
} catch (why) {
  writeFileSync(answer, JSON.stringify({ why: String(why) }));
}

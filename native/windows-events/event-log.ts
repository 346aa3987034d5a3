/** An event's number, severity and words come in; Windows' Application log gets it from the source Tapward, whose sentences lie in tapward-events.dll. */
import koffi from 'koffi';

/** ReportEventW's wType. */
const types: Readonly<Record<'error' | 'warning' | 'information', number>> = { error: 1, warning: 2, information: 4 };

export type WindowsEvent = { readonly number: number; readonly type: keyof typeof types; readonly detail: string };
/** False where Windows did not take it. */
export type TellWindows = (event: WindowsEvent) => boolean;

type Calls = {
  readonly register: (server: null, source: string) => bigint | number;
  readonly report: (log: bigint | number, type: number, category: number, id: number, account: null, texts: number, bytes: number, text: readonly string[], data: null) => number;
};

/** null on another system, or where Windows gives no handle to its log; it stays open as long as this program runs. */
export function openEventLog(source = 'Tapward'): TellWindows | null {
  if (process.platform !== 'win32') return null;
  const advapi = koffi.load('advapi32.dll');
  const register = advapi.func('RegisterEventSourceW', 'intptr_t', ['str16', 'str16']) as Calls['register'];
  const report = advapi.func('ReportEventW', 'int', ['intptr_t', 'uint16_t', 'uint16_t', 'uint32_t', 'void *', 'uint16_t', 'uint32_t', 'str16 *', 'void *']) as Calls['report'];
  const log = register(null, source);
  if (Number(log) === 0) return null;
  return ({ number, type, detail }) => report(log, types[type], 0, number, null, 1, 0, [detail], null) !== 0;
}

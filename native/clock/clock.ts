/** The operating system's clock that goes on during suspend comes in, station time in milliseconds goes out. */
import koffi from 'koffi';
import type { Clock } from '../../core/ports.ts';

/** Reads the clock that counts suspend, so that a grant or a wait does not outlive a closed lid. Throws on a system without one. */
export function createClock(): Clock {
  switch (process.platform) {
    case 'linux':
      return bootTime();
    case 'win32':
      return interruptTime();
    case 'darwin':
      return continuousTime();
    default:
      throw new Error(`No clock that counts suspend is known for ${process.platform}.`);
  }
}

/** CLOCK_BOOTTIME, clock_gettime(2). */
function bootTime(): Clock {
  const clockBootTime = 7;
  const read = koffi.load(null).func('clock_gettime', 'int', ['int', 'void *']) as (clock: number, into: Uint8Array) => number;
  const timespec = new BigInt64Array(2);
  const bytes = new Uint8Array(timespec.buffer);
  const now = (): number => {
    if (read(clockBootTime, bytes) !== 0) throw new Error('clock_gettime(CLOCK_BOOTTIME) failed');
    return Number(timespec[0]) * 1e3 + Number(timespec[1]) / 1e6;
  };
  return { now };
}

/** Interrupt time counts sleep (unlike unbiased interrupt time). Units of 100 ns; the precise form exists since Windows 10. */
function interruptTime(): Clock {
  const library = koffi.load('kernelbase.dll');
  const ticks = new BigUint64Array(1);
  const bytes = new Uint8Array(ticks.buffer);
  const bind = (name: string) => library.func(name, 'void', ['void *']) as (into: Uint8Array) => void;
  let read: (into: Uint8Array) => void;
  try {
    read = bind('QueryInterruptTimePrecise');
  } catch {
    read = bind('QueryInterruptTime');
  }
  const now = (): number => {
    read(bytes);
    return Number(ticks[0]) / 1e4;
  };
  return { now };
}

/** mach_continuous_time(3) counts sleep (unlike mach_absolute_time), in ticks of numer/denom nanoseconds. */
function continuousTime(): Clock {
  const library = koffi.load(null);
  const read = library.func('mach_continuous_time', 'uint64', []) as () => number | bigint;
  const base = new Uint32Array(2);
  const timebase = library.func('mach_timebase_info', 'int', ['void *']) as (into: Uint8Array) => number;
  const [numer = 1, denom = 1] = timebase(new Uint8Array(base.buffer)) === 0 ? base : [];
  return { now: () => (Number(read()) * numer) / denom / 1e6 };
}

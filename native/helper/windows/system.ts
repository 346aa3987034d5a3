/** Calls of Windows come in that Node has not; what the session helper needs of them goes out: rights of files, programs in jobs, the last input, the lock. */
import koffi from 'koffi';

export type WindowsSystem = {
  /** `O:…D:…`; null: it is a link, or its rights cannot be read. */
  readonly sddlOf: (path: string) => string | null;
  /** Starts a command line, not one instruction of it outside of a job of its own. null: Windows did not. */
  readonly start: (program: string, line: string, env: Readonly<Record<string, string>>) => Running | null;
  /** Windows' number of the last input's moment, in this session. Milliseconds that wrap after 49.7 days: only whether it changed says anything. */
  readonly lastInput: () => number;
  /** 0: Windows said yes, which confirms nothing; else its error code. */
  readonly lock: () => number;
  readonly folder: string;
};
export type Running = {
  /** null: it runs. */
  readonly code: () => number | null;
  /** It and all it has started. */
  readonly end: () => void;
  /** What runs of it goes on. */
  readonly release: () => void;
};

type Call = (...args: readonly unknown[]) => number;
const [suspended, noWindow, unicode] = [0x4, 0x0800_0000, 0x400];
const [fileObject, ownerAndList, reparsePoint, stillActive] = [1, 0x1 | 0x4, 0x400, 259];
const wide = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf16le');

/** Throws on another system than Windows. */
export function loadWindowsSystem(): WindowsSystem {
  const [kernel, advapi, user] = [koffi.load('kernel32.dll'), koffi.load('advapi32.dll'), koffi.load('user32.dll')];
  const bind = (library: typeof kernel, name: string, result: string, ...types: string[]): Call => library.func(name, result, types) as Call;
  const attributes = bind(kernel, 'GetFileAttributesW', 'uint32', 'void *');
  const security = bind(advapi, 'GetNamedSecurityInfoW', 'uint32', 'void *', 'int', 'uint32', 'void *', 'void *', 'void *', 'void *', 'void *');
  const toText = bind(advapi, 'ConvertSecurityDescriptorToStringSecurityDescriptorW', 'int', 'uintptr', 'uint32', 'uint32', 'void *', 'void *');
  const localFree = bind(kernel, 'LocalFree', 'uintptr', 'uintptr');
  const createProcess = bind(kernel, 'CreateProcessW', 'int', 'void *', 'void *', 'void *', 'void *', 'int', 'uint32', 'void *', 'void *', 'void *', 'void *');
  const createJob = bind(kernel, 'CreateJobObjectW', 'uintptr', 'void *', 'void *');
  const assign = bind(kernel, 'AssignProcessToJobObject', 'int', 'uintptr', 'uintptr');
  const endJob = bind(kernel, 'TerminateJobObject', 'int', 'uintptr', 'uint32');
  const endProcess = bind(kernel, 'TerminateProcess', 'int', 'uintptr', 'uint32');
  const resume = bind(kernel, 'ResumeThread', 'uint32', 'uintptr');
  const exitCode = bind(kernel, 'GetExitCodeProcess', 'int', 'uintptr', 'void *');
  const close = bind(kernel, 'CloseHandle', 'int', 'uintptr');
  const lastInput = bind(user, 'GetLastInputInfo', 'int', 'void *');
  const lockStation = bind(user, 'LockWorkStation', 'int');
  const lastError = bind(kernel, 'GetLastError', 'uint32');
  const systemFolder = bind(kernel, 'GetSystemDirectoryW', 'uint32', 'void *', 'uint32');

  const sddlOf = (path: string): string | null => {
    const found = attributes(wide(path));
    if (found === 0xffff_ffff || (found & reparsePoint) !== 0) return null;
    const [descriptor, text, length] = [Buffer.alloc(8), Buffer.alloc(8), Buffer.alloc(4)];
    if (security(wide(path), fileObject, ownerAndList, null, null, null, null, descriptor) !== 0) return null;
    try {
      if (toText(descriptor.readBigUInt64LE(), 1, ownerAndList, text, length) === 0) return null;
      const sddl = koffi.decode(text.readBigUInt64LE(), 'char16', length.readUInt32LE()) as string;
      localFree(text.readBigUInt64LE());
      return sddl.replace(/\0.*$/s, '');
    } finally {
      localFree(descriptor.readBigUInt64LE());
    }
  };
  const start: WindowsSystem['start'] = (program, line, env) => {
    const [about, made] = [Buffer.alloc(104), Buffer.alloc(24)];
    about.writeUInt32LE(about.length, 0);
    const block = wide(
      Object.entries(env)
        .sort(([one], [other]) => (one.toUpperCase() < other.toUpperCase() ? -1 : 1))
        .map(([name, value]) => `${name}=${value}\0`)
        .join(''),
    );
    const job = createJob(null, null);
    if (job === 0 || createProcess(wide(program), wide(line), null, null, 0, suspended | noWindow | unicode, block, null, about, made) === 0) {
      if (job !== 0) close(job);
      return null;
    }
    const [process, thread] = [made.readBigUInt64LE(0), made.readBigUInt64LE(8)];
    const isIn = assign(job, process) !== 0 && resume(thread) !== 0xffff_ffff;
    close(thread);
    if (!isIn) endProcess(process, 1);
    const code = Buffer.alloc(4);
    return {
      code: () => {
        if (!isIn) return 1;
        const known = exitCode(process, code) !== 0 ? code.readUInt32LE() : 1;
        return known === stillActive ? null : known;
      },
      end: () => void endJob(job, 1),
      release: () => {
        close(process);
        close(job);
      },
    };
  };
  const input = Buffer.alloc(8);
  input.writeUInt32LE(input.length, 0);
  const path = Buffer.alloc(1_040);
  return {
    sddlOf,
    start,
    lastInput: () => (lastInput(input) === 0 ? 0 : input.readUInt32LE(4)),
    lock: () => (lockStation() !== 0 ? 0 : lastError() || 31),
    folder: path.toString('utf16le', 0, 2 * systemFolder(path, path.length / 2)),
  };
}

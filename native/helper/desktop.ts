/** The session's runtime folder comes in; what must outlive a helper that dies goes out: which desktop this is, and whose work it may show. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ContextId, isContextId } from '../../core/helper-link.ts';

export type Desktop = {
  /** 32 of 0-9 a-f, made with the folder: the system takes it away when the account's last session ends. */
  readonly session: string;
  readonly shown: () => ContextId | null;
  /** Durable before it returns, so that it is said of a desktop before it is so. */
  readonly show: (context: ContextId | null) => void;
};

/** Throws where the folder cannot be written. */
export function openDesktop(runtime: string): Desktop {
  const folder = join(runtime, 'tapward');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'desktop');
  const kept = (textOf(path) ?? '').split('\n');
  const [known = '', whose = ''] = kept;
  const session = /^[0-9a-f]{32}$/.test(known) ? known : randomBytes(16).toString('hex');
  let shown: ContextId | null = isContextId(whose) ? whose : null;
  const write = (): void => {
    writeFileSync(`${path}.new`, `${session}\n${shown ?? ''}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  write();
  return {
    session,
    shown: () => shown,
    show: (context) => {
      if (context === shown) return;
      shown = context;
      write();
    },
  };
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

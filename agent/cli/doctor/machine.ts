/** A sound store comes in; whether this is the computer it was set up on goes out. Nothing is changed. */
import Database from 'better-sqlite3';
import { standing, told } from '../../station/machine.ts';
import type { StationKeys } from '../../store/keys.ts';
import { readMachine } from '../../store/machine-note.ts';
import { storePath } from '../../store/opening.ts';
import type { Tools } from '../command.ts';
import { bad, type Finding, ok, said, warn } from './finding.ts';

/** `store`: the store's id. */
export function machineFinding(dir: string, keys: StationKeys, store: string, tools: Tools): Finding {
  const db = new Database(storePath(dir), { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    const found = standing(readMachine(db, keys, store), tools.machine());
    switch (found) {
      case 'same':
        return ok('machine', said`This is the computer the station was set up on`);
      case 'fresh':
        return warn('machine', said`It is not noted yet on which computer the station was set up`, 'Start the agent, or run `tapward setup`: it is noted then.');
      case 'moved':
      case 'cloned':
        return bad('machine', said`The station was set up on another computer, and opens nobody on this one`, told[found]);
      default:
        return found satisfies never;
    }
  } finally {
    db.close();
  }
}

/** Every command of `tapward`, in the order of its help. */
import type { Command } from './command.ts';
import { doctor } from './doctor/doctor.ts';
import { checkpoint, show, verify } from './ledger.ts';
import { status } from './status.ts';
import { why } from './why.ts';

export const commands: readonly Command[] = [status, why, doctor, verify, show, checkpoint];

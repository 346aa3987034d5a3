/** A path and files that root made beside it come in; they belong to whom the path belongs to, so that the agent's own account can go on with them. */
import { lchownSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Only root can give files away, and elsewhere they are the right one's already. A link is given away itself: what it leads to is not the station's. */
export function ownedLike(path: string, ...made: readonly string[]): void {
  if (process.geteuid?.() !== 0) return;
  const { uid, gid } = statSync(path);
  for (const file of made) lchownSync(file, uid, gid);
}

/** Everything in the folder, as root left it. No link is followed, as readdir's own recursion does: whoever the folder belongs to could name any folder of root's by one. */
export function ownAll(dir: string): void {
  if (process.geteuid?.() === 0) ownBelow(dir, dir);
}

function ownBelow(like: string, dir: string): void {
  for (const one of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, one.name);
    ownedLike(like, path);
    if (one.isDirectory()) ownBelow(like, path);
  }
}

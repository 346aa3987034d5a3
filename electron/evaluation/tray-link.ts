/** The path of the agent's tray socket comes in; the tray's state, line by line, goes out, and what a hand does at it goes to the agent. Evaluation only. */
import { connect, type Socket } from 'node:net';

const retry = 250;
/** Five badges take 400 bytes. */
const longestLine = 16 * 1024;

export type TrayLink = { readonly send: (deed: object) => boolean };

/** Connects at once, and again whenever it must. `told` hears whatever the agent says; the page reads it field by field. */
export function joinTray(path: string, told: (state: unknown) => void): TrayLink {
  let socket: Socket | null = null;

  function dial(): void {
    const line = connect(path);
    let held = '';
    line.setEncoding('utf8');
    line.on('connect', () => {
      socket = line;
    });
    line.on('data', (text: string) => {
      const lines = (held + text).split('\n');
      held = lines.pop() ?? '';
      for (const one of lines) told(stateIn(one));
      if (held.length > longestLine) line.destroy();
    });
    line.on('error', () => undefined);
    line.on('end', () => line.destroy());
    line.on('close', () => {
      socket = null;
      setTimeout(dial, retry);
    });
  }

  dial();
  return {
    send: (deed) => {
      socket?.write(`${JSON.stringify(deed)}\n`);
      return socket !== null;
    },
  };
}

function stateIn(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

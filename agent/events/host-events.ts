/** Nothing comes in; what the Windows host (native/windows/host) says by itself goes out, by its ids. A test compares it with the host's own words. */

/** The host's log adds a number in parentheses to some. */
export const hostEvents = {
  TW2001: 'The agent cannot be started: repair the installation.',
  TW2002: 'Another program has our pipe’s name: restart the computer, and have it looked at for malware if this comes again.',
  TW2003: 'A program that is not our agent came to the agent’s pipe, and was sent away.',
  TW2004: 'Windows can use no TPM on this computer: no password is kept, people type theirs. Turn the TPM on in the firmware’s settings, then restart.',
  TW2005: 'This is a build for tests: passwords are sealed without a TPM. Install the released one.',
  TW2006: 'The agent has ended: the session it had opened was asked to be disconnected.',
  TW2007: 'The agent had a session disconnected.',
  TW2008: 'Windows refused to disconnect a session: restart the computer.',
  TW2009: 'A program that is no logon screen came to the logon screen’s pipe, and was sent away.',
  TW2010: 'The host has started.',
  TW2011: 'The host has stopped.',
  TW2012: 'The agent was started.',
  TW2013: 'The agent has ended; it is started again after a pause.',
  TW2014: 'A password could not be sealed: see whether the disk is full and the TPM is on.',
  TW2015: 'A session that is to have a face can have none: it was asked to be disconnected.',
  TW2016: 'No face covers a session: it was asked to be disconnected.',
  TW2017: 'The host runs as another account than LocalSystem: repair the installation.',
  TW2018: 'The reader program cannot be started: repair the installation.',
  TW2019: 'The agent’s folder is somebody else’s, or cannot be made: the agent is not started. Delete the folder as an administrator, then restart the service.',
  TW2020: 'A session’s face or helper cannot be started: repair the installation.',
  TW2021: 'A session’s face or helper has ended; it is started again.',
  TW2022: 'The host stops: a session that only its face covers was asked to be disconnected.',
  TW2023: 'A face was started in a way that opens it to other programs, and is not started again: look at the value Face in the registry.',
  TW2024: 'The folder hooks.d is somebody else’s, or cannot be made: no hook is run from it. Delete it as an administrator, then restart the service.',
} as const satisfies Readonly<Record<string, string>>;

/** As the host says it to Windows' log (system.cpp): its starts are news, each lock is in its own file alone, all else wants somebody's eye. */
export const hostSeverityOf = (id: string): 'warning' | 'notice' | 'info' => (['TW2010', 'TW2011', 'TW2012'].includes(id) ? 'notice' : id === 'TW2007' ? 'info' : 'warning');

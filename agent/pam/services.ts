/** The name of a PAM service comes in; whether a tap may stand in for a password there goes out. */

/**
 * A badge in the field proves who stands at the station, not what runs in her session or at the other end of a network.
 * These are refused even where the policy names them.
 */
const never = new Set([
  // To become somebody else, or to run a command as root.
  'su',
  'su-l',
  'sudo',
  'sudo-i',
  'doas',
  'run0',
  'systemd-run0',
  'polkit-1',
  'runuser',
  'runuser-l',
  'passwd',
  'chpasswd',
  'newusers',
  'chfn',
  'chsh',
  'groupmod',
  'useradd',
  'usermod',
  // To sign in from afar, or at a text console.
  'sshd',
  'ssh',
  'login',
  'remote',
  'rlogin',
  'rsh',
  'telnet',
  'xrdp-sesman',
  'vncserver',
  'tigervnc',
  'cockpit',
  'webmin',
  'vsftpd',
  'proftpd',
  'dovecot',
  'samba',
  'cups',
  'ppp',
  'openvpn',
  // Where nobody stands at all, and what all other services share.
  'cron',
  'crond',
  'atd',
  'at',
  'systemd-user',
  'other',
  'common-auth',
  'system-auth',
  'password-auth',
  'lightdm-autologin',
  'lightdm-greeter',
  'gdm-autologin',
  'gdm-launch-environment',
]);

/** Whether a policy may name it. */
export const mayEverAsk = (service: string): boolean => !never.has(service.toLowerCase());

/** Whether it may ask now. */
export const mayAsk = (service: string, listed: readonly string[]): boolean => mayEverAsk(service) && listed.includes(service);

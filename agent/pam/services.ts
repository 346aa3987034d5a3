/** The name of a PAM service comes in; whether a tap may stand in for a password there goes out. */

/**
 * A badge in the field proves who stands at the station, not what runs in her session or at the other end of a network: these give rights to a command, or sign in from afar.
 * They are refused even where the policy names them.
 */
const never = new Set([
  'su', 'su-l', 'sudo', 'sudo-i', 'doas', 'run0', 'polkit-1', 'runuser', 'runuser-l', 'passwd', 'chpasswd', 'newusers', 'chfn', 'chsh', 'groupmod', 'useradd', 'usermod',
  'sshd', 'ssh', 'login', 'remote', 'rlogin', 'rsh', 'telnet', 'xrdp-sesman', 'vncserver', 'tigervnc', 'cockpit', 'webmin', 'vsftpd', 'proftpd', 'dovecot', 'samba', 'cups', 'ppp', 'openvpn',
  'cron', 'crond', 'atd', 'at', 'systemd-user', 'other', 'common-auth', 'system-auth', 'password-auth', 'lightdm-autologin', 'gdm-autologin', 'gdm-launch-environment', 'lightdm-greeter',
]);

/** Whether a policy may name it. */
export const mayEverAsk = (service: string): boolean => !never.has(service.toLowerCase());

/** Whether it may ask now. */
export const mayAsk = (service: string, listed: readonly string[]): boolean => mayEverAsk(service) && listed.includes(service);

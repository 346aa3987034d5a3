/* A PAM transaction comes in; PAM_SUCCESS goes out only for a grant that the agent has redeemed for it. Everything else lets the stack go on to the next module. */
#include <ctype.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define PAM_SM_AUTH
#define PAM_SM_SESSION
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>

#include "link.h"

/* What PAM calls; all else stays inside, where no program's own names can meet it. */
#define SHOWN __attribute__((visibility("default")))

/* How long a verified PIN may take to become a grant: the key derivation, a lock that has to be confirmed first, and the system's own time. */
enum { after_pin_ms = 15000, most_pins = 10, longest_pin = 12 };

/* Under this name the transaction remembers that we let it in. */
static const char let_in[] = "tapward_let_in";

struct settings {
    uid_t owner;
    int timeout_ms;
};

/* A whole number of one to five digits comes in; it goes out, or -1. */
static int number_of(const char *text)
{
    const size_t length = strlen(text);
    if (length < 1 || length > 5 || strspn(text, "0123456789") != length) return -1;
    return atoi(text);
}

/* The words behind the module's name in the stack come in: agent= (an account or its number), timeout= (ms). Returns 0, or -1 if one of them is none, which is logged. */
static int settings_of(pam_handle_t *pamh, int argc, const char **argv, struct settings *settings)
{
    const char *agent = NULL;
    *settings = (struct settings){.owner = 0, .timeout_ms = 2000};
    for (int i = 0; i < argc; i++) {
        int fits = 0;
        if (strncmp(argv[i], "agent=", 6) == 0) {
            agent = argv[i] + 6;
            fits = *agent != '\0';
        } else if (strncmp(argv[i], "timeout=", 8) == 0) {
            settings->timeout_ms = number_of(argv[i] + 8);
            fits = settings->timeout_ms >= 100 && settings->timeout_ms <= 10000;
        }
        if (!fits) {
            pam_syslog(pamh, LOG_ERR, "argument %d is not known: write agent=ACCOUNT or timeout=100..10000 (ms)", i + 1);
            return -1;
        }
    }
    if (agent == NULL) return tapward_owner_of(&settings->owner);
    const int number = number_of(agent);
    const struct passwd *account = number >= 0 ? NULL : pam_modutil_getpwnam(pamh, agent);
    if (number < 0 && account == NULL) {
        pam_syslog(pamh, LOG_ERR, "agent= names no account: write the account that the agent runs as");
        return -1;
    }
    settings->owner = number >= 0 ? (uid_t)number : account->pw_uid;
    return 0;
}

/* An item of the transaction; "" where it is not set. */
static const char *item(const pam_handle_t *pamh, int which)
{
    const void *text = NULL;
    return pam_get_item(pamh, which, &text) == PAM_SUCCESS && text != NULL ? text : "";
}

/* A variable of the transaction's environment; "" where it is not set. */
static const char *variable(pam_handle_t *pamh, const char *name)
{
    const char *text = pam_getenv(pamh, name);
    return text == NULL ? "" : text;
}

/* Whether the person stands at this computer, as far as the program that asks says. */
static int is_local(const pam_handle_t *pamh)
{
    const char *host = item(pamh, PAM_RHOST);
    return *host == '\0' || strcmp(host, "localhost") == 0;
}

/* Knocks at the root's door, or at that of the account we run as, and asks. `deadline`: of all of it. Returns 0, or -1 with nothing left open. */
static int ask(pam_handle_t *pamh, const struct settings *settings, const char *verb, const char *user, struct tapward_link *link, long long deadline)
{
    const char *const words[] = {user, item(pamh, PAM_SERVICE), item(pamh, PAM_TTY), variable(pamh, "XDG_SEAT"), variable(pamh, "XDG_SESSION_ID"), NULL};
    return tapward_link_ask(link, settings->owner, verb, words, deadline);
}

/* What was typed comes in and is overwritten: its digits go to the agent, one byte each, if there are exactly as many as it asks for;
   otherwise it learns that there are none. Returns 0 if they were sent. */
static int send_pin(struct tapward_link *link, char *typed, unsigned digits, long long deadline)
{
    size_t length = 0;
    while (length <= longest_pin && isdigit((unsigned char)typed[length])) length++;
    const int fits = length == digits && typed[length] == '\0';
    const int sent = tapward_link_say(link, fits ? typed : "x", fits ? length : 1, deadline);
    explicit_bzero(typed, strlen(typed));
    return fits && sent == 0 ? 0 : -1;
}

/* The agent asks for a PIN: she is asked, as often as the agent asks again. Returns the transaction's end. */
static int converse(pam_handle_t *pamh, struct tapward_link *link, struct tapward_answer answer, int timeout_ms)
{
    for (int tries = 0; tries < most_pins && answer.kind == TAPWARD_PIN; tries++) {
        char *typed = NULL;
        const int asked = pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &typed, "Badge PIN, %u digits: ", answer.number);
        const int sent = asked == PAM_SUCCESS && typed != NULL ? send_pin(link, typed, answer.number, tapward_now() + timeout_ms) : -1;
        free(typed);
        if (sent != 0) return PAM_AUTHINFO_UNAVAIL;
        answer = tapward_link_hear(link, tapward_now() + after_pin_ms);
        if (answer.kind == TAPWARD_WRONG) {
            (void)pam_error(pamh, "Wrong PIN. Tries left: %u.", answer.number);
            answer = tapward_link_hear(link, tapward_now() + timeout_ms);
            if (answer.kind != TAPWARD_PIN) return PAM_AUTH_ERR;
        }
    }
    return answer.kind == TAPWARD_OK ? PAM_SUCCESS : PAM_AUTHINFO_UNAVAIL;
}

/* PAM_SUCCESS for a redeemed grant; PAM_IGNORE where nobody can have tapped; PAM_AUTH_ERR for a wrong PIN; PAM_AUTHINFO_UNAVAIL for everything else. */
SHOWN int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct settings settings;
    struct tapward_link link;
    const char *user = NULL;
    (void)flags;
    if (!is_local(pamh)) return PAM_IGNORE;
    if (settings_of(pamh, argc, argv, &settings) != 0) return PAM_AUTHINFO_UNAVAIL;
    if (pam_get_user(pamh, &user, NULL) != PAM_SUCCESS || user == NULL || *user == '\0') return PAM_AUTHINFO_UNAVAIL;
    /* A badge is a person's: it never opens root, under whatever name. */
    const struct passwd *account = pam_modutil_getpwnam(pamh, user);
    if (account == NULL || account->pw_uid == 0) return PAM_AUTHINFO_UNAVAIL;
    const long long deadline = tapward_now() + settings.timeout_ms;
    if (ask(pamh, &settings, "AUTH", user, &link, deadline) != 0) return PAM_AUTHINFO_UNAVAIL;
    const struct tapward_answer answer = tapward_link_hear(&link, deadline);
    int ends = PAM_AUTHINFO_UNAVAIL;
    if (answer.kind == TAPWARD_OK) ends = PAM_SUCCESS;
    /* Only root's programs ask for a PIN here: a locker that could be made up by the session's own programs must not. */
    else if (answer.kind == TAPWARD_PIN && geteuid() == 0) ends = converse(pamh, &link, answer, settings.timeout_ms);
    tapward_link_close(&link);
    /* The remembered pointer is never looked into. */
    if (ends == PAM_SUCCESS) (void)pam_set_data(pamh, let_in, (void *)let_in, NULL);
    return ends;
}

/* A tap brings no credentials with it. */
SHOWN int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)pamh, (void)flags, (void)argc, (void)argv;
    return PAM_SUCCESS;
}

/* A session that begins without a grant was opened by a password: the agent is told, and nothing depends on whether it hears. */
SHOWN int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct settings settings;
    struct tapward_link link;
    const void *remembered = NULL;
    const char *user = item(pamh, PAM_USER);
    (void)flags;
    if (geteuid() != 0 || !is_local(pamh) || *user == '\0' || pam_get_data(pamh, let_in, &remembered) == PAM_SUCCESS) return PAM_SUCCESS;
    if (settings_of(pamh, argc, argv, &settings) != 0) return PAM_SUCCESS;
    const long long deadline = tapward_now() + settings.timeout_ms;
    if (ask(pamh, &settings, "OPENED", user, &link, deadline) != 0) return PAM_SUCCESS;
    (void)tapward_link_hear(&link, deadline);
    tapward_link_close(&link);
    return PAM_SUCCESS;
}

/* Nothing of ours lasts as long as the session. */
SHOWN int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)pamh, (void)flags, (void)argc, (void)argv;
    return PAM_SUCCESS;
}

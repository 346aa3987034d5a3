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
enum { after_pin_ms = 15000, most_pins = 10, shortest_pin = 4, longest_pin = 12, most_sentences = 4, most_asked = 5 };

/* Under this name the transaction remembers that we let it in. */
static const char let_in[] = "tapward_let_in";

struct settings {
    uid_t owner;
    int timeout_ms;
    /* Whether a prompt stands here at which a tap counts beside the password. */
    int asks;
};

/* A whole number of one to five digits comes in; it goes out, or -1. */
static int number_of(const char *text)
{
    const size_t length = strlen(text);
    if (length < 1 || length > 5 || strspn(text, "0123456789") != length) return -1;
    return atoi(text);
}

/* The words behind the module's name in the stack come in: agent= (an account or its number), timeout= (ms), ask. Returns 0, or -1 if one of them is none, which is logged. */
static int settings_of(pam_handle_t *pamh, int argc, const char **argv, struct settings *settings)
{
    const char *agent = NULL;
    *settings = (struct settings){.owner = 0, .timeout_ms = 2000, .asks = 0};
    for (int i = 0; i < argc; i++) {
        int fits = 0;
        if (strncmp(argv[i], "agent=", 6) == 0) {
            agent = argv[i] + 6;
            fits = *agent != '\0';
        } else if (strncmp(argv[i], "timeout=", 8) == 0) {
            settings->timeout_ms = number_of(argv[i] + 8);
            fits = settings->timeout_ms >= 100 && settings->timeout_ms <= 10000;
        } else if (strcmp(argv[i], "ask") == 0) {
            settings->asks = 1;
            fits = 1;
        }
        if (!fits) {
            pam_syslog(pamh, LOG_ERR, "argument %d is not known: write agent=ACCOUNT, timeout=100..10000 (ms) or ask", i + 1);
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

/* Overwrites and frees what was typed, which may be nothing. */
static void forget(char *typed)
{
    if (typed != NULL) explicit_bzero(typed, strlen(typed));
    free(typed);
}

/* How many digits were typed; 0 if anything else was as well, or more than a PIN has. */
static size_t digits_of(const char *typed)
{
    size_t length = 0;
    while (length <= longest_pin && isdigit((unsigned char)typed[length])) length++;
    return length <= longest_pin && typed[length] == '\0' ? length : 0;
}

/* Its digits go to the agent, one byte each, if there are exactly as many as it asks for; otherwise it learns that there are none. Returns 0 if they were sent. */
static int send_pin(struct tapward_link *link, const char *typed, unsigned digits, long long deadline)
{
    const size_t length = digits_of(typed);
    const int fits = length == digits;
    const int sent = tapward_link_say(link, fits ? typed : "x", fits ? length : 1, deadline);
    return fits && sent == 0 ? 0 : -1;
}

/* The agent's next answer that asks or ends something; sentences before it are shown. */
static struct tapward_answer hear(pam_handle_t *pamh, struct tapward_link *link, long long deadline)
{
    struct tapward_answer answer = tapward_link_hear(link, deadline);
    for (int said = 0; said < most_sentences && answer.kind == TAPWARD_SAY; said++) {
        if (*answer.words != '\0') (void)pam_info(pamh, "%s", answer.words);
        answer = tapward_link_hear(link, deadline);
    }
    return answer;
}

/* Asks with the agent's words, or with ours where it sent none that can be shown. Returns what was typed, or NULL; it is the caller's to forget. */
static char *prompt(pam_handle_t *pamh, const struct tapward_answer *answer)
{
    char *typed = NULL;
    int asked = PAM_CONV_ERR;
    if (*answer->words != '\0') asked = pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &typed, "%s ", answer->words);
    else if (answer->kind == TAPWARD_PIN) asked = pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &typed, "Badge PIN, %u digits: ", answer->number);
    else asked = pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &typed, "Tap your badge, then press Enter. Or type your password: ");
    if (asked == PAM_SUCCESS) return typed;
    forget(typed);
    return NULL;
}

/* The agent asks for a PIN: she is asked, as often as the agent asks again. `typed`: what she has typed already, NULL for nothing. Returns the transaction's end. */
static int converse(pam_handle_t *pamh, struct tapward_link *link, struct tapward_answer answer, int timeout_ms, const char *typed)
{
    for (int tries = 0; tries < most_pins && answer.kind == TAPWARD_PIN; tries++) {
        char *own = tries == 0 && typed != NULL ? strdup(typed) : prompt(pamh, &answer);
        const int sent = own != NULL ? send_pin(link, own, answer.number, tapward_now() + timeout_ms) : -1;
        forget(own);
        if (sent != 0) return PAM_AUTHINFO_UNAVAIL;
        answer = hear(pamh, link, tapward_now() + after_pin_ms);
        if (answer.kind == TAPWARD_WRONG) {
            if (*answer.words != '\0') (void)pam_error(pamh, "%s", answer.words);
            else (void)pam_error(pamh, "Wrong PIN. Tries left: %u.", answer.number);
            answer = hear(pamh, link, tapward_now() + timeout_ms);
            if (answer.kind != TAPWARD_PIN) return PAM_AUTH_ERR;
        }
    }
    return answer.kind == TAPWARD_OK ? PAM_SUCCESS : PAM_AUTHINFO_UNAVAIL;
}

/* Asks the agent once whether she has tapped, AUTH first and TAPPED from a prompt that stood. `typed`: what she typed there, which counts as her PIN if it has exactly its digits, NULL for nothing.
   Returns the transaction's end; `*answer` is the agent's first word. */
static int visit(pam_handle_t *pamh, const struct settings *settings, const char *verb, const char *user, const char *typed, struct tapward_answer *answer)
{
    struct tapward_link link;
    const long long deadline = tapward_now() + settings->timeout_ms;
    *answer = (struct tapward_answer){TAPWARD_JUNK, 0, ""};
    if (ask(pamh, settings, verb, user, &link, deadline) != 0) return PAM_AUTHINFO_UNAVAIL;
    *answer = hear(pamh, &link, deadline);
    int ends = PAM_AUTHINFO_UNAVAIL;
    if (answer->kind == TAPWARD_OK) ends = PAM_SUCCESS;
    /* Only root's programs ask for a PIN here: a locker that could be made up by the session's own programs must not. A password that is no PIN leaves her tap as it is. */
    else if (answer->kind == TAPWARD_PIN && geteuid() == 0 && (typed == NULL || digits_of(typed) == answer->number))
        ends = converse(pamh, &link, *answer, settings->timeout_ms, typed);
    tapward_link_close(&link);
    return ends;
}

/* A prompt stands until Return: behind an empty one she has tapped, a password is left to the modules that follow. Returns the transaction's end. */
static int stand(pam_handle_t *pamh, const struct settings *settings, const char *user, struct tapward_answer answer)
{
    int ends = PAM_AUTHINFO_UNAVAIL;
    for (int asked = 0; asked < most_asked && ends == PAM_AUTHINFO_UNAVAIL && answer.kind == TAPWARD_ASK; asked++) {
        char *typed = prompt(pamh, &answer);
        if (typed == NULL) return PAM_AUTHINFO_UNAVAIL;
        const int is_empty = *typed == '\0';
        if (is_empty || digits_of(typed) >= shortest_pin) ends = visit(pamh, settings, "TAPPED", user, is_empty ? NULL : typed, &answer);
        const int is_password = !is_empty && (digits_of(typed) < shortest_pin || answer.kind != TAPWARD_PIN || digits_of(typed) != answer.number);
        if (is_password && ends != PAM_SUCCESS) (void)pam_set_item(pamh, PAM_AUTHTOK, typed);
        forget(typed);
        if (is_password) return ends;
    }
    return ends;
}

/* PAM_SUCCESS for a redeemed grant; PAM_IGNORE where nobody can have tapped; PAM_AUTH_ERR for a wrong PIN; PAM_AUTHINFO_UNAVAIL for everything else. */
SHOWN int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct settings settings;
    struct tapward_answer answer;
    const char *user = NULL;
    (void)flags;
    if (!is_local(pamh)) return PAM_IGNORE;
    if (settings_of(pamh, argc, argv, &settings) != 0) return PAM_AUTHINFO_UNAVAIL;
    if (pam_get_user(pamh, &user, NULL) != PAM_SUCCESS || user == NULL || *user == '\0') return PAM_AUTHINFO_UNAVAIL;
    /* A badge is a person's: it never opens root, under whatever name. */
    const struct passwd *account = pam_modutil_getpwnam(pamh, user);
    if (account == NULL || account->pw_uid == 0) return PAM_AUTHINFO_UNAVAIL;
    int ends = visit(pamh, &settings, "AUTH", user, NULL, &answer);
    if (answer.kind == TAPWARD_ASK && settings.asks && geteuid() == 0) ends = stand(pamh, &settings, user, answer);
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

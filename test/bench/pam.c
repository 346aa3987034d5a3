/* A PAM service, an account and a number come in; so many whole transactions are made, and the microseconds each took go out, one a line. Ends with 1 where one was refused. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <security/pam_appl.h>

/* Nobody is there to be asked anything. */
static int refuse(int count, const struct pam_message **messages, struct pam_response **answers, void *data)
{
    (void)count, (void)messages, (void)answers, (void)data;
    return PAM_CONV_ERR;
}

/* Microseconds of a clock that never goes back. */
static long long now(void)
{
    struct timespec at;
    if (clock_gettime(CLOCK_MONOTONIC, &at) != 0) abort();
    return (long long)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
    if (argc != 4) return EXIT_FAILURE;
    const struct pam_conv conversation = {refuse, NULL};
    for (int left = atoi(argv[3]); left > 0; left--) {
        const long long began = now();
        pam_handle_t *transaction = NULL;
        if (pam_start(argv[1], argv[2], &conversation, &transaction) != PAM_SUCCESS) return EXIT_FAILURE;
        const int let_in = pam_authenticate(transaction, 0);
        if (pam_end(transaction, let_in) != PAM_SUCCESS || let_in != PAM_SUCCESS) return EXIT_FAILURE;
        if (printf("%lld\n", now() - began) < 0) return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}

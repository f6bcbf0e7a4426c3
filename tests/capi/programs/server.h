/* What the programs that others judge share: a server at the port of -p, until it is interrupted. */
#include <signal.h>

static volatile sig_atomic_t interrupted;

static inline void interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

/* Nothing but the port, and that Ctrl-C ends `serve`. */
static inline void prepare(struct lws_context_creation_info *info, int argc, const char **argv) {
    const char *port = lws_cmdline_option(argc, argv, "-p");

    signal(SIGINT, interrupt);
    memset(info, 0, sizeof(*info));
    info->port = port ? atoi(port) : 7681;
}

/* What main returns. */
static inline int serve(struct lws_context *context, int wait) {
    if (!context)
        return 1;
    while (!interrupted && lws_service(context, wait) >= 0) {
    }
    lws_context_destroy(context);
    return 0;
}

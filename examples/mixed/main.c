/*
 * The half of a firmware that is C: it has the context and the loop, echoes over WebSocket, and measures. Rust serves /reading and /live at
 * the same port. On a host:
 *
 *   export PKG_CONFIG_PATH=$(cargo xtask staticlib --manifest examples/mixed/Cargo.toml --keep 'thermometer_*')/lib/pkgconfig
 *   cc examples/mixed/main.c $(pkg-config --cflags --libs libwebsockets) -o thermometer
 *   ./thermometer                 then: curl http://127.0.0.1:7681/reading
 */
#include "thermometer.h"

#include <libwebsockets.h>
#include <signal.h>

#ifndef PORT
#define PORT 7681
#endif

/* How often it measures. */
#define INTERVAL (LWS_US_PER_SEC / 5)

static volatile sig_atomic_t interrupted;
static struct lws_context *context;
static lws_sorted_usec_list_t timer;

/* A sensor that makes it up. */
static void measure(lws_sorted_usec_list_t *due) {
    static int tenths = 195;

    if (thermometer_measured(context, tenths) < 0)
        lwsl_warn("nobody could be told\n");
    tenths = tenths < 245 ? tenths + 1 : 195;
    lws_sul_schedule(context, 0, due, measure, INTERVAL);
}

/* As it was before there was Rust in this firmware. */
static int callback_echo(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    if (reason != LWS_CALLBACK_RECEIVE)
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    return lws_write(wsi, (unsigned char *)in, len, LWS_WRITE_TEXT) < 0 ? -1 : 0;
}

static const struct lws_protocols protocols[] = {
    { "echo-protocol", callback_echo, 0, 1024, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static void interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

int main(int argc, const char **argv) {
    struct lws_context_creation_info info;
    const char *port = lws_cmdline_option(argc, argv, "-p");

    signal(SIGINT, interrupt);
    signal(SIGTERM, interrupt);
    memset(&info, 0, sizeof(info));
    info.port = port ? atoi(port) : PORT;
    info.protocols = protocols;
    info.gid = info.uid = -1;

    context = lws_create_context(&info);
    if (!context || thermometer_begin(context, (uint16_t)info.port)) {
        lwsl_err("no context\n");
        return 1;
    }
    lws_sul_schedule(context, 0, &timer, measure, INTERVAL);
    while (!interrupted && lws_service(context, 1000) >= 0) {
    }
    lws_context_destroy(context);
    return 0;
}

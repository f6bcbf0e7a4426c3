/*
 * A WebSocket echo server: every message comes back as it was sent, text or binary, in one piece or in fragments. On a host:
 *
 *   cc websocket_server.c $(pkg-config --cflags --libs libwebsockets) -o websocket_server
 *   ./websocket_server            then: python3 -m websockets ws://127.0.0.1:7681/
 *
 * With -DSECURE over TLS, by the certificate and the key that identity.h tells of.
 */
#include <libwebsockets.h>
#include <signal.h>

#ifdef SECURE
#include "identity.h"
#endif

/* Messages up to this come whole; longer ones in pieces, and go back in as many fragments. */
#ifndef WHOLE_MESSAGE
#define WHOLE_MESSAGE 16384
#endif

#ifndef PORT
#define PORT 7681
#endif

/* What belongs to one client. */
struct session {
    unsigned int messages;
};

static volatile sig_atomic_t interrupted;

/* Sends the piece of a message that was just received. `in` has LWS_PRE bytes in front of it, so it can be sent from there. */
static int echo(struct lws *wsi, void *in, size_t len) {
    int kind = lws_frame_is_binary(wsi) ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
    int flags = lws_write_ws_flags(kind, lws_is_first_fragment(wsi), lws_is_final_fragment(wsi));

    return lws_write(wsi, (unsigned char *)in, len, (enum lws_write_protocol)flags) < 0 ? -1 : 0;
}

static int callback_echo(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    struct session *session = (struct session *)user;

    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        lwsl_user("%s: connected\n", lws_wsi_tag(wsi));
        break;
    case LWS_CALLBACK_RECEIVE:
        session->messages += lws_is_final_fragment(wsi) ? 1u : 0u;
        return echo(wsi, in, len);
    case LWS_CALLBACK_CLOSED:
        lwsl_user("%s: closed after %u messages\n", lws_wsi_tag(wsi), session->messages);
        break;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
    return 0;
}

static const struct lws_protocols protocols[] = {
    { "echo-protocol", callback_echo, sizeof(struct session), WHOLE_MESSAGE, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static void interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

int main(int argc, const char **argv) {
    struct lws_context_creation_info info;
    struct lws_context *context;
    const char *port = lws_cmdline_option(argc, argv, "-p");

    signal(SIGINT, interrupt);
    signal(SIGTERM, interrupt);
    memset(&info, 0, sizeof(info));
    info.port = port ? atoi(port) : PORT;
    info.protocols = protocols;
    info.gid = info.uid = -1;
#ifdef SECURE
    show_certificate(&info);
#endif
    lws_cmdline_option_handle_builtin(argc, argv, &info);

    context = lws_create_context(&info);
    if (!context) {
        lwsl_err("no context\n");
        return 1;
    }
    while (!interrupted && lws_service(context, 1000) >= 0) {
    }
    lws_context_destroy(context);
    return 0;
}

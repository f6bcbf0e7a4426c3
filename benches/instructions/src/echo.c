/*
 * The echo server of examples/c/websocket_server.c, in the hands of a main loop that is not its own.
 */
#include <libwebsockets.h>

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    int kind, flags;

    if (reason != LWS_CALLBACK_RECEIVE)
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    kind = lws_frame_is_binary(wsi) ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
    flags = lws_write_ws_flags(kind, lws_is_first_fragment(wsi), lws_is_final_fragment(wsi));
    return lws_write(wsi, (unsigned char *)in, len, (enum lws_write_protocol)flags) < 0 ? -1 : 0;
}

static const struct lws_protocols protocols[] = {
    { "echo-protocol", callback, 0, 16384, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

struct lws_context *echo_start(void);
int echo_work(struct lws_context *context);
void echo_end(struct lws_context *context);

struct lws_context *echo_start(void) {
    struct lws_context_creation_info info;

    memset(&info, 0, sizeof(info));
    info.port = 80;
    info.protocols = protocols;
    info.fd_limit_per_thread = 128;
    return lws_create_context(&info);
}

int echo_work(struct lws_context *context) {
    return lws_service(context, 0);
}

void echo_end(struct lws_context *context) {
    lws_context_destroy(context);
}

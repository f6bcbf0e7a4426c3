/*
 * A firmware whose main is C: a page and a WebSocket echo on port 80, on QEMU's mps2-an385. The library is libwebsockets.a, made by
 * `cargo xtask staticlib --target thumbv7m-none-eabi`; CMakeLists.txt has the rest.
 */
#include <libwebsockets.h>

#include "board.h"

static int echo(struct lws *wsi, void *in, size_t len) {
    int kind = lws_frame_is_binary(wsi) ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
    int flags = lws_write_ws_flags(kind, lws_is_first_fragment(wsi), lws_is_final_fragment(wsi));

    return lws_write(wsi, (unsigned char *)in, len, (enum lws_write_protocol)flags) < 0 ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        if (strcmp((const char *)in, "/"))
            break;
        if (lws_return_http_status(wsi, HTTP_STATUS_OK, "C firmware") || lws_http_transaction_completed(wsi))
            return -1;
        return 0;
    case LWS_CALLBACK_RECEIVE:
        return echo(wsi, in, len);
    default:
        break;
    }
    return lws_callback_http_dummy(wsi, reason, user, in, len);
}

static const struct lws_protocols protocols[] = {
    { "echo-protocol", callback, 0, 4096, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

int main(void) {
    struct lws_context_creation_info info;
    struct lws_context *context;
    const struct wm_ethernet *ethernet;
    uint8_t address[4];
    int has_address = 0;

    board_start();
    ethernet = lan9118_start();
    if (!ethernet) {
        board_print("no LAN9118: start QEMU with -nic ...,model=lan9118\n");
        return 1;
    }
    wm_ethernet_attach(ethernet);
    memset(&info, 0, sizeof(info));
    info.port = 80;
    info.protocols = protocols;
    context = lws_create_context(&info);
    if (!context)
        return 1;
    board_print("listening on port 80\n");
    while (lws_service(context, 1000) >= 0) {
        if (!has_address && !wm_ethernet_address(context, address)) {
            has_address = 1;
            board_print("the network has given an address\n");
        }
    }
    lws_context_destroy(context);
    return 0;
}

/* Sending, and when to. */
#ifndef LWS_WRITE_H
#define LWS_WRITE_H

#include "base.h"

LWS_C_BEGIN

/* What lws_write sends; LWS_WRITE_NO_FIN is or'd to it for a fragment that is not the last. */
enum lws_write_protocol {
    LWS_WRITE_TEXT = 0,
    LWS_WRITE_BINARY = 1,
    LWS_WRITE_CONTINUATION = 2,
    LWS_WRITE_HTTP = 3,
    LWS_WRITE_PING = 5,
    LWS_WRITE_PONG = 6,
    LWS_WRITE_HTTP_FINAL = 7,
    LWS_WRITE_HTTP_HEADERS = 8,
    LWS_WRITE_HTTP_HEADERS_CONTINUATION = 9,
    LWS_WRITE_BUFLIST = 32,
    LWS_WRITE_NO_FIN = 64,
    LWS_WRITE_H2_STREAM_END = 128,
    LWS_WRITE_CLIENT_IGNORE_XOR_MASK = 128
};

#define LWS_WRITE_RAW LWS_WRITE_HTTP

/*
 * Sends, or queues what cannot be sent now. `buf` has LWS_PRE writable bytes in front of it. Returns `len`, or a negative number
 * when the connection is to be given up. One call per WRITEABLE callback keeps the queue short.
 */
int lws_write(struct lws *wsi, unsigned char *buf, size_t len, enum lws_write_protocol protocol);

#define lws_write_http(wsi, buf, len) lws_write(wsi, (unsigned char *)(buf), len, LWS_WRITE_HTTP)

/* The flags for one fragment of a message of the kind `initial`. */
static inline int lws_write_ws_flags(int initial, int is_start, int is_end) {
    int flags = is_start ? initial : LWS_WRITE_CONTINUATION;
    return is_end ? flags : flags | LWS_WRITE_NO_FIN;
}

/*
 * Asks for one WRITEABLE callback as soon as nothing waits to be sent: 1, or 0 when the connection is ending, or -1. It comes out
 * of lws_service, never from within.
 */
int lws_callback_on_writable(struct lws *wsi);

/* The same for all connections of a protocol; `protocol` is one of the application's, by callback and name. */
int lws_callback_on_writable_all_protocol(const struct lws_context *context, const struct lws_protocols *protocol);
int lws_callback_on_writable_all_protocol_vhost(const struct lws_vhost *vhost, const struct lws_protocols *protocol);

/* Whether something waits to be sent. */
int lws_send_pipe_choked(struct lws *wsi);
int lws_partial_buffered(struct lws *wsi);

/* Bytes that the peer allows: -1, without limit. */
lws_fileofs_t lws_get_peer_write_allowance(struct lws *wsi);

/* 0 stops RECEIVE callbacks, and with them the peer; 1 lets it go on. */
int lws_rx_flow_control(struct lws *wsi, int enable);
void lws_rx_flow_allow_all_protocol(const struct lws_context *context, const struct lws_protocols *protocol);

LWS_C_END

#endif

/*
 * Who takes no more for now gets no more: the body of a request, and of a response. Client and server of one program and one context. Ends
 * with 0, or says what is wrong.
 */
#include <libwebsockets.h>

#include "check.h"

/* More than all buffers on the way hold. */
#define BODY 600000

/* What one side has received, and whether it takes more. */
struct side {
    size_t length;
    int paused;
    int pauses;
    int complete;
};

static struct side server, client;
static size_t sent;
static int over;

/* Stops at the first piece, for a while. */
static void take(struct lws *wsi, struct side *side, size_t length) {
    check(!side->paused);
    side->length += length;
    if (side->pauses++)
        return;
    side->paused = 1;
    check(!lws_rx_flow_control(wsi, 0));
    lws_set_timer_usecs(wsi, 300 * LWS_US_PER_MS);
}

static void go_on(struct lws *wsi, struct side *side) {
    check(side->paused && side->length < BODY / 2 && !side->complete);
    side->paused = 0;
    check(!lws_rx_flow_control(wsi, 1));
}

static int serve(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    unsigned char buffer[LWS_PRE + 2000], *start = buffer + LWS_PRE, *p = start, *end = buffer + sizeof(buffer) - 1;
    size_t piece;

    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return 0;
    case LWS_CALLBACK_HTTP_BODY:
        take(wsi, &server, len);
        return 0;
    case LWS_CALLBACK_TIMER:
        go_on(wsi, &server);
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        check(!server.paused);
        server.complete = 1;
        if (lws_add_http_common_headers(wsi, HTTP_STATUS_OK, "text/plain", BODY, &p, end) ||
            lws_finalize_write_http_header(wsi, start, &p, end))
            return -1;
        sent = 0;
        return lws_callback_on_writable(wsi) == 1 ? 0 : -1;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        if (!server.complete)
            return 0;
        piece = BODY - sent < 1500 ? BODY - sent : 1500;
        memset(start, 's', piece);
        check(lws_write(wsi, start, piece, sent + piece == BODY ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) == (int)piece);
        sent += piece;
        if (sent == BODY)
            return lws_http_transaction_completed(wsi) ? -1 : 0;
        return lws_callback_on_writable(wsi) == 1 ? 0 : -1;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
}

static int call(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    static size_t written;
    char buffer[LWS_PRE + 1500], *p = buffer + LWS_PRE;
    int room = 1500;

    (void)user;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        lws_client_http_body_pending(wsi, 1);
        lws_callback_on_writable(wsi);
        return 0;
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
        memset(p, 'c', 1000);
        if (lws_write(wsi, (unsigned char *)p, 1000, LWS_WRITE_HTTP) == 1000)
            written += 1000;
        if (written >= BODY)
            lws_client_http_body_pending(wsi, 0);
        else
            lws_callback_on_writable(wsi);
        return 0;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
        return lws_http_client_read(wsi, &p, &room) < 0 ? -1 : 0;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
        take(wsi, &client, len);
        return 0;
    case LWS_CALLBACK_TIMER:
        go_on(wsi, &client);
        return 0;
    case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
        client.complete = 1;
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        fprintf(stderr, "%s\n", in ? (const char *)in : "no text");
        check(0);
        return 0;
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        over = 1;
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { "http", serve, 0, 0, 0, NULL, 0 },
    { "call", call, 0, 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

int main(void) {
    struct lws_context_creation_info info;
    struct lws_client_connect_info connection;
    struct lws_context *context;
    int passes;

    lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
    memset(&info, 0, sizeof(info));
    info.port = free_port();
    info.protocols = protocols;
    context = lws_create_context(&info);
    check(context);
    memset(&connection, 0, sizeof(connection));
    connection.context = context;
    connection.address = connection.host = "localhost";
    connection.port = info.port;
    connection.path = "/";
    connection.method = "POST";
    connection.local_protocol_name = "call";
    check(lws_client_connect_via_info(&connection));
    for (passes = 0; !over; passes++) {
        check(passes < 20000);
        check(lws_service(context, 10) == 0);
    }
    check(server.length == BODY && server.complete && client.length == BODY && client.complete);
    lws_context_destroy(context);
    return 0;
}

/*
 * Raw connections: a server that echoes lines and a client of it, in one program and one context. Ends with 0, or says what is wrong.
 */
#include <libwebsockets.h>

#include "check.h"

#define LONG 20000

/* What has happened to one side: its callbacks in order, and the bytes that came. */
struct side {
    int reasons[64];
    int count;
    char received[LONG + 1];
    size_t length;
};

static struct side server, client;
static struct lws *client_wsi;
static char text[LONG];

static void note(struct side *side, enum lws_callback_reasons reason) {
    check(side->count < 64);
    /* Data and room come as often as the network likes. */
    if (side->count && side->reasons[side->count - 1] == (int)reason)
        return;
    side->reasons[side->count++] = (int)reason;
}

static void take(struct side *side, const void *in, size_t len) {
    check(side->length + len <= LONG);
    check(!((const char *)in)[len]);
    memcpy(side->received + side->length, in, len);
    side->length += len;
}

static int write_all(struct lws *wsi, const char *data, size_t length) {
    static unsigned char buffer[LWS_PRE + LONG];

    memcpy(buffer + LWS_PRE, data, length);
    return lws_write(wsi, buffer + LWS_PRE, length, LWS_WRITE_RAW) == (int)length ? 0 : -1;
}

/* A connection's memory on the server: it has to be there, zeroed, and its own. */
struct session {
    int adopted;
};

static int serve(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    struct session *session = (struct session *)user;

    switch (reason) {
    case LWS_CALLBACK_RAW_ADOPT:
        check(session && !session->adopted);
        session->adopted = 1;
        note(&server, reason);
        return write_all(wsi, "220 ready\r\n", 11);
    case LWS_CALLBACK_RAW_RX:
        check(session->adopted);
        note(&server, reason);
        take(&server, in, len);
        if (len == 4 && !memcmp(in, "quit", 4))
            return lws_raw_transaction_completed(wsi);
        return lws_callback_on_writable(wsi) == 1 ? 0 : -1;
    case LWS_CALLBACK_RAW_WRITEABLE:
        note(&server, reason);
        if (!server.length)
            return 0;
        check(!write_all(wsi, server.received, server.length));
        server.length = 0;
        return 0;
    case LWS_CALLBACK_RAW_CLOSE:
        check(session->adopted);
        note(&server, reason);
        return 0;
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
    case LWS_CALLBACK_WSI_CREATE:
    case LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL:
    case LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL:
        note(&server, reason);
        return 0;
    default:
        return 0;
    }
}

static int call(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    (void)user;
    switch (reason) {
    case LWS_CALLBACK_RAW_CONNECTED:
        check(wsi == client_wsi);
        check_peer(wsi);
        note(&client, reason);
        return lws_callback_on_writable(wsi) == 1 ? 0 : -1;
    case LWS_CALLBACK_RAW_WRITEABLE:
        note(&client, reason);
        return write_all(wsi, text, strlen(text));
    case LWS_CALLBACK_RAW_RX:
        note(&client, reason);
        take(&client, in, len);
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        check(in && strlen((const char *)in) == len);
        /* fall through */
    case LWS_CALLBACK_RAW_CLOSE:
    case LWS_CALLBACK_WSI_CREATE:
    case LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL:
    case LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL:
        note(&client, reason);
        return 0;
    default:
        return 0;
    }
}

/* The first protocol hears of the end of every connection, whatever it was bound to; of clients of HTTP, which are none here, nothing. */
static int first(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    check(reason != LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED);
    if (reason == LWS_CALLBACK_WSI_DESTROY)
        note(!strcmp(lws_get_protocol(wsi)->name, "caller") ? &client : &server, reason);
    return lws_callback_http_dummy(wsi, reason, user, in, len);
}

static const struct lws_protocols protocols[] = {
    { "http", first, 0, 0, 0, NULL, 0 },
    { "raw-echo", serve, sizeof(struct session), 0, 0, NULL, 0 },
    { "caller", call, 0, 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static struct lws_context *context;

static void serve_until(size_t length, int is_over) {
    int passes;

    for (passes = 0; client.length < length || (is_over && client.reasons[client.count - 1] != LWS_CALLBACK_WSI_DESTROY);
         passes++) {
        check(passes < 3000);
        check(lws_service(context, 10) == 0);
    }
}

static void connect_to(int port) {
    struct lws_client_connect_info info;

    memset(&client, 0, sizeof(client));
    memset(&server, 0, sizeof(server));
    memset(&info, 0, sizeof(info));
    info.context = context;
    info.address = info.host = "localhost";
    info.port = port;
    info.method = "RAW";
    info.local_protocol_name = "caller";
    info.pwsi = &client_wsi;
    check(lws_client_connect_via_info(&info) == client_wsi && client_wsi);
}

static void expect(const struct side *side, const int *reasons, int count) {
    int index;

    for (index = 0; index < count && index < side->count; index++)
        if (side->reasons[index] != reasons[index])
            fprintf(stderr, "callback %d is %d and not %d\n", index, side->reasons[index], reasons[index]);
    check(side->count == count && !memcmp(side->reasons, reasons, (size_t)count * sizeof(*reasons)));
}

#define EXPECT(side, ...)                                                         \
    do {                                                                          \
        static const int reasons[] = { __VA_ARGS__ };                             \
        expect(side, reasons, (int)(sizeof(reasons) / sizeof(*reasons)));         \
    } while (0)

int main(void) {
    struct lws_context_creation_info info;
    int port = free_port();

    lws_set_log_level(LLL_ERR | LLL_WARN, NULL);
    memset(&info, 0, sizeof(info));
    info.port = port;
    info.protocols = protocols;
    info.options = LWS_SERVER_OPTION_ONLY_RAW;
    info.listen_accept_role = "raw-skt";
    info.listen_accept_protocol = "raw-echo";
    context = lws_create_context(&info);
    check(context);

    /* A line, and its echo behind the greeting. The server ends. */
    lws_snprintf(text, sizeof(text), "hello");
    connect_to(port);
    serve_until(16, 0);
    check(!strcmp(client.received, "220 ready\r\nhello"));
    lws_snprintf(text, sizeof(text), "quit");
    check(lws_callback_on_writable(client_wsi) == 1);
    serve_until(16, 1);
    EXPECT(&client, LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL, LWS_CALLBACK_WSI_CREATE, LWS_CALLBACK_RAW_CONNECTED,
           LWS_CALLBACK_RAW_WRITEABLE, LWS_CALLBACK_RAW_RX, LWS_CALLBACK_RAW_WRITEABLE, LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL, LWS_CALLBACK_RAW_CLOSE,
           LWS_CALLBACK_WSI_DESTROY);
    EXPECT(&server, LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL, LWS_CALLBACK_RAW_ADOPT, LWS_CALLBACK_RAW_RX,
           LWS_CALLBACK_RAW_WRITEABLE, LWS_CALLBACK_RAW_RX, LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL, LWS_CALLBACK_RAW_CLOSE,
           LWS_CALLBACK_WSI_DESTROY);

    /* More than a segment; the client ends. */
    memset(text, 'x', sizeof(text) - 12);
    text[sizeof(text) - 12] = 0;
    connect_to(port);
    serve_until(sizeof(text) - 1, 0);
    check(client.length == LONG - 1 && client.received[LONG - 2] == 'x');
    lws_set_timeout(client_wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    serve_until(0, 1);
    check(client.reasons[client.count - 2] == LWS_CALLBACK_RAW_CLOSE);

    /* Nobody is there. */
    connect_to(1);
    serve_until(0, 1);
    EXPECT(&client, LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL, LWS_CALLBACK_CLIENT_CONNECTION_ERROR,
           LWS_CALLBACK_RAW_SKT_DROP_PROTOCOL, LWS_CALLBACK_WSI_DESTROY);
    lws_context_destroy(context);
    return 0;
}

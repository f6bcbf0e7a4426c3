/*
 * What a server refuses, and whom it sends away: connections that are new, handshakes whose head cannot be made, connections that are killed
 * while they are answered. Servers and clients of one program and one context. Ends with 0, or says what is wrong.
 */
#include <libwebsockets.h>

#include "check.h"

/* What the server is to refuse. */
static int refuses_new, refuses_heads;

/* What it has heard. */
static int created, destroyed, closed, established;

/* What a client has heard. */
static struct {
    char received[512];
    size_t length;
    int connected, over, status;
} client;

static int serve(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    switch (reason) {
    case LWS_CALLBACK_WSI_CREATE:
        created++;
        return 0;
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        return refuses_new ? -1 : 0;
    case LWS_CALLBACK_CLOSED_HTTP:
        closed++;
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        destroyed++;
        return 0;
    case LWS_CALLBACK_HTTP:
        if (!strcmp((const char *)in, "/killed"))
            lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    case LWS_CALLBACK_ADD_HEADERS:
        return refuses_heads ? -1 : 0;
    case LWS_CALLBACK_ESTABLISHED:
        established++;
        return 0;
    default:
        return 0;
    }
}

static int call(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    static const char request[] = "GET /killed HTTP/1.1\r\nHost: one\r\n\r\n";
    unsigned char buffer[LWS_PRE + sizeof(request)];

    (void)user;
    switch (reason) {
    case LWS_CALLBACK_RAW_CONNECTED:
        client.connected = 1;
        return lws_callback_on_writable(wsi) == 1 ? 0 : -1;
    case LWS_CALLBACK_RAW_WRITEABLE:
        memcpy(buffer + LWS_PRE, request, sizeof(request));
        return lws_write(wsi, buffer + LWS_PRE, sizeof(request) - 1, LWS_WRITE_RAW) > 0 ? 0 : -1;
    case LWS_CALLBACK_RAW_RX:
        check(client.length + len < sizeof(client.received));
        memcpy(client.received + client.length, in, len);
        client.length += len;
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        client.connected = 1;
        return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        client.status = (int)lws_http_client_http_response(wsi);
        client.over = 1;
        return 0;
    case LWS_CALLBACK_RAW_CLOSE:
    case LWS_CALLBACK_CLIENT_CLOSED:
        client.over = 1;
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { "http", serve, 0, 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static const struct lws_protocols of_clients[] = {
    { "call", call, 0, 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static struct lws_context *context;
static int port;

static struct lws_vhost *add(const char *name, int port_number, const struct lws_protocols *spoken) {
    struct lws_context_creation_info info;
    struct lws_vhost *vhost;

    memset(&info, 0, sizeof(info));
    info.port = port_number;
    info.vhost_name = name;
    info.protocols = spoken;
    vhost = lws_create_vhost(context, &info);
    check(vhost);
    return vhost;
}

/* Has a client connect, until the server lets it go. */
static void run(struct lws_vhost *vhost, const char *method) {
    struct lws_client_connect_info info;
    lws_usec_t begun = lws_now_usecs();

    memset(&client, 0, sizeof(client));
    created = destroyed = closed = established = 0;
    memset(&info, 0, sizeof(info));
    info.context = context;
    info.vhost = vhost;
    info.address = info.host = "127.0.0.1";
    info.port = port;
    info.path = "/";
    info.method = method;
    info.local_protocol_name = "call";
    check(lws_client_connect_via_info(&info));
    while (!client.over || created != destroyed) {
        /* The time between two requests is longer. */
        check(lws_now_usecs() - begun < 3 * LWS_US_PER_SEC);
        check(lws_service(context, 10) == 0);
    }
}

int main(void) {
    struct lws_context_creation_info info;
    struct lws_vhost *clients;

    lws_set_log_level(LLL_ERR, NULL);
    port = free_port();
    memset(&info, 0, sizeof(info));
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    context = lws_create_context(&info);
    check(context);
    add("one", port, protocols);
    clients = add("clients", CONTEXT_PORT_NO_LISTEN, of_clients);

    /* Who was announced is taken back, too. */
    refuses_new = 1;
    run(clients, "RAW");
    check(created == 1 && destroyed == 1 && closed == 1 && !client.length);
    refuses_new = 0;

    /* What is to be killed is, although its request was answered first. */
    run(clients, "RAW");
    check(strstr(client.received, "HTTP/1.1 404"));
    check(created == 1 && destroyed == 1 && closed == 1);

    /* A head without its fields is none. */
    refuses_heads = 1;
    run(clients, NULL);
    check(!client.connected && !established && client.status >= 400);
    check(created == 1 && destroyed == 1);

    lws_context_destroy(context);
    return 0;
}

/*
 * How connections end: who hears of it, in which order, and what the other side sees when a callback ends one by its result. Servers and
 * clients of one program and one context. Ends with 0, or says what is wrong.
 */
#include <libwebsockets.h>

#include "check.h"

/* What a client's callback ends its connection in, by its result. */
static enum lws_callback_reasons ends_in;

/* What a client has heard, by reason; and what else came of it. */
static struct {
    int count[128];
    unsigned int status;
    char location[64];
    int moved, to_get;
    int over;
} client;

/* What the servers have heard. */
static struct {
    int created;
    int destroyed;
    int completed;
    char token[1600];
    char protocol[32];
} server;

/* What a virtual host's protocol keeps while it is used. */
struct shared {
    int open;
};

/* In which order a virtual host that was destroyed ended. */
static int closed_at, ended_at, finalized_at, clock_of_endings;

/* A client that speaks HTTP itself, to send several requests over one connection. */
static struct {
    char received[2048];
    size_t length;
    const char *request;
    int closed;
} wire;

/* Which protocols were called about a connection, and which one is to end that. */
static int called, last_called;

static int refuse(struct lws *wsi, const char *path) {
    unsigned char buffer[LWS_PRE + 256], *start = buffer + LWS_PRE, *p = start, *end = buffer + sizeof(buffer);

    if (!strcmp(path, "/page"))
        check(!lws_return_http_status(wsi, HTTP_STATUS_UNAUTHORIZED, NULL));
    if (!strcmp(path, "/composed")) {
        check(!lws_add_http_common_headers(wsi, HTTP_STATUS_NOT_ACCEPTABLE, NULL, 0, &p, end));
        check(!lws_finalize_write_http_header(wsi, start, &p, end));
    }
    return *path ? -1 : 0;
}

static int speak(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    struct shared *shared =
        (struct shared *)lws_protocol_vh_priv_get(lws_get_vhost(wsi), lws_get_protocol(wsi));
    char path[32];

    (void)user;
    (void)in;
    (void)len;
    switch (reason) {
    case LWS_CALLBACK_PROTOCOL_INIT:
        check(lws_protocol_vh_priv_zalloc(lws_get_vhost(wsi), lws_get_protocol(wsi), sizeof(struct shared)));
        return 0;
    case LWS_CALLBACK_PROTOCOL_DESTROY:
        check(shared && !shared->open);
        ended_at = ++clock_of_endings;
        return 0;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        check(lws_hdr_copy(wsi, path, sizeof(path), WSI_TOKEN_GET_URI) > 0);
        return refuse(wsi, !strcmp(path, "/page") || !strcmp(path, "/composed") ? path : "");
    case LWS_CALLBACK_ESTABLISHED:
        lws_strncpy(server.protocol, lws_get_protocol(wsi)->name, sizeof(server.protocol));
        shared->open++;
        return 0;
    case LWS_CALLBACK_CLOSED:
        check(shared);
        shared->open--;
        closed_at = ++clock_of_endings;
        return 0;
    case LWS_CALLBACK_USER:
        check(!user && lws_get_opaque_user_data(wsi) == in && len == 2);
        return ++called == last_called;
    case LWS_CALLBACK_WSI_DESTROY:
        /* The first protocol's. */
        check(0);
        return 0;
    default:
        return 0;
    }
}

static int serve(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    unsigned char buffer[LWS_PRE + 256], *p = buffer + LWS_PRE, *end = buffer + sizeof(buffer);

    switch (reason) {
    case LWS_CALLBACK_PROTOCOL_INIT:
    case LWS_CALLBACK_PROTOCOL_DESTROY:
        return 0;
    case LWS_CALLBACK_WSI_CREATE:
        server.created++;
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        server.destroyed++;
        return 0;
    case LWS_CALLBACK_HTTP:
        lws_hdr_copy(wsi, server.token, sizeof(server.token), WSI_TOKEN_HTTP_AUTHORIZATION);
        strcpy((char *)buffer, "as it was");
        check(lws_hdr_custom_copy(wsi, (char *)buffer, sizeof(buffer), "x-none:", 7) == -1 && !buffer[0]);
        if (!strcmp((const char *)in, "/moved"))
            return lws_http_redirect(wsi, HTTP_STATUS_FOUND, (const unsigned char *)"/here", 5, &p, end) < 0 ? -1 : 0;
        if (!strcmp((const char *)in, "/done"))
            return lws_http_redirect(wsi, HTTP_STATUS_SEE_OTHER, (const unsigned char *)"/here", 5, &p, end) < 0 ? -1 : 0;
        if (!strcmp((const char *)in, "/timed"))
            lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, 1);
        if (!strcmp((const char *)in, "/silent") || lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI))
            return 0;
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    case LWS_CALLBACK_USER:
        return user || !in || len != 2 || ++called == last_called;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        server.completed++;
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    default:
        return speak(wsi, reason, user, in, len);
    }
}

static struct lws_context *context;
static int port, destroys_at_once;

static int call(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    char buffer[LWS_PRE + 1024], *p = buffer + LWS_PRE;
    int room = 512;

    (void)user;
    if ((int)reason < 128)
        client.count[reason]++;
    switch (reason) {
    case LWS_CALLBACK_CONNECTING:
        if (destroys_at_once)
            lws_context_destroy(context);
        break;
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        client.to_get = lws_http_is_redirected_to_get(wsi);
        memset(buffer, 't', 1000);
        check(!lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, (unsigned char *)buffer, 1000,
                                            (unsigned char **)in, *(unsigned char **)in + len));
        if (ends_in == LWS_CALLBACK_CLIENT_HTTP_WRITEABLE) {
            lws_client_http_body_pending(wsi, 1);
            lws_callback_on_writable(wsi);
        }
        break;
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
        memset(p, 'b', 100);
        check(lws_write(wsi, (unsigned char *)p, 100, LWS_WRITE_HTTP) == 100);
        lws_callback_on_writable(wsi);
        if (client.count[reason] == 1)
            return 0;
        break;
    case LWS_CALLBACK_CLIENT_HTTP_REDIRECT:
        lws_strncpy(client.location, (const char *)in, sizeof(client.location));
        client.moved = (int)len;
        break;
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        client.status = lws_http_client_http_response(wsi);
        break;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
        if (reason == ends_in)
            return -1;
        if (lws_http_client_read(wsi, &p, &room) < 0)
            return -1;
        room = 512;
        p = buffer + LWS_PRE;
        check(ends_in != LWS_CALLBACK_USER || (!lws_http_client_read(wsi, &p, &room) && !room));
        break;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        client.status = lws_http_client_http_response(wsi);
        client.over = 1;
        break;
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
    case LWS_CALLBACK_CLIENT_CLOSED:
        client.over = 1;
        break;
    case LWS_CALLBACK_WSI_DESTROY:
        check(0);
        break;
    default:
        break;
    }
    return reason == ends_in ? -1 : 0;
}

static int send_request(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    unsigned char buffer[LWS_PRE + 128];

    (void)user;
    switch (reason) {
    case LWS_CALLBACK_RAW_CONNECTED:
        return lws_callback_on_writable(wsi) == 1 ? 0 : -1;
    case LWS_CALLBACK_RAW_WRITEABLE:
        len = (size_t)lws_snprintf((char *)buffer + LWS_PRE, 128, "GET %s HTTP/1.1\r\nHost: one\r\n\r\n", wire.request);
        return lws_write(wsi, buffer + LWS_PRE, len, LWS_WRITE_RAW) == (int)len ? 0 : -1;
    case LWS_CALLBACK_RAW_RX:
        check(wire.length + len < sizeof(wire.received));
        memcpy(wire.received + wire.length, in, len);
        wire.length += len;
        return 0;
    case LWS_CALLBACK_RAW_CLOSE:
        wire.closed = 1;
        return 0;
    case LWS_CALLBACK_USER:
        return ++called == last_called;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { "http", serve, 0, 0, 0, NULL, 0 },
    { "speak", speak, 0, 0, 0, NULL, 0 },
    { "other", speak, 0, 0, 0, NULL, 0 },
    { "call", call, 0, 0, 0, NULL, 0 },
    { "wire", send_request, 0, 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static const struct lws_protocol_vhost_options is_default = { NULL, NULL, "default", "1" };
static const struct lws_protocol_vhost_options for_call = { NULL, NULL, "call", "" };
static const struct lws_protocol_vhost_options for_other = { &for_call, &is_default, "other", "" };
static const struct lws_protocol_vhost_options for_speak = { &for_other, NULL, "speak", "" };
static const struct lws_protocol_vhost_options for_http = { &for_speak, NULL, "http", "" };

static struct lws *begin(const char *method, const char *path, const char *host, const char *subprotocol) {
    struct lws_client_connect_info info;
    struct lws *wsi;

    memset(&client, 0, sizeof(client));
    memset(&info, 0, sizeof(info));
    info.context = context;
    info.address = "127.0.0.1";
    info.host = host;
    info.port = port;
    info.path = path;
    info.method = method;
    info.protocol = subprotocol;
    info.local_protocol_name = method && !strcmp(method, "RAW") ? "wire" : "call";
    wsi = lws_client_connect_via_info(&info);
    check((wsi == NULL) == destroys_at_once);
    return wsi;
}

static void pass(int times) {
    while (times--)
        check(lws_service(context, 5) == 0);
}

static void run(const char *method, const char *path, enum lws_callback_reasons end) {
    int passes;

    ends_in = end;
    begin(method, path, "one", NULL);
    for (passes = 0; !client.over; passes++) {
        check(passes < 3000);
        check(lws_service(context, 10) == 0);
    }
    pass(20);
    check(client.count[LWS_CALLBACK_CLIENT_CONNECTION_ERROR] + client.count[LWS_CALLBACK_CLOSED_CLIENT_HTTP] +
              client.count[LWS_CALLBACK_CLIENT_CLOSED] == 1);
}

static void http(void) {
    run("GET", "/nothing", LWS_CALLBACK_USER);
    check(client.status == 404 && client.count[LWS_CALLBACK_COMPLETED_CLIENT_HTTP] == 1 && strlen(server.token) == 1000);

    /* Who gives up is not told that it has all. */
    run("GET", "/nothing", LWS_CALLBACK_RECEIVE_CLIENT_HTTP);
    check(client.count[LWS_CALLBACK_RECEIVE_CLIENT_HTTP] == 1 && !client.count[LWS_CALLBACK_COMPLETED_CLIENT_HTTP]);
    run("GET", "/nothing", LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ);
    check(client.count[LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ] == 1 && !client.count[LWS_CALLBACK_COMPLETED_CLIENT_HTTP]);
    check(client.count[LWS_CALLBACK_CLOSED_CLIENT_HTTP] == 1);

    /* What refuses an answer has no connection. */
    run("GET", "/nothing", LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP);
    check(client.count[LWS_CALLBACK_CLIENT_CONNECTION_ERROR] == 1);
    run("GET", "/nothing", LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH);
    check(client.count[LWS_CALLBACK_CLIENT_CONNECTION_ERROR] == 1);

    /* A body that is given up is not complete: neither there nor here. */
    run("POST", "/upload", LWS_CALLBACK_CLIENT_HTTP_WRITEABLE);
    check(client.count[LWS_CALLBACK_CLIENT_HTTP_WRITEABLE] == 2 && !server.completed);
    check(!client.count[LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP] && !client.count[LWS_CALLBACK_COMPLETED_CLIENT_HTTP]);

    /* A redirect is told, and may be refused. */
    run("GET", "/moved", LWS_CALLBACK_USER);
    check(client.moved == 302 && !strcmp(client.location, "/here") && client.status == 404 && !client.to_get);
    run("POST", "/done", LWS_CALLBACK_USER);
    check(client.moved == 303 && client.status == 404 && client.to_get);
    run("GET", "/moved", LWS_CALLBACK_CLIENT_HTTP_REDIRECT);
    check(client.moved == 302 && client.count[LWS_CALLBACK_CLIENT_CONNECTION_ERROR] == 1 && !client.count[LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP]);
}

/* A timeout is its transaction's. */
static void timeout_of_one_request(void) {
    struct lws *wsi;
    int passes;

    ends_in = LWS_CALLBACK_USER;
    wire.request = "/timed";
    wsi = begin("RAW", "/", "one", NULL);
    for (passes = 0; passes < 130; passes++) {
        lws_usec_t until = lws_now_usecs() + 10 * LWS_US_PER_MS;

        while (lws_now_usecs() < until)
            check(lws_service(context, 5) == 0);
    }
    check(strstr(wire.received, "404") && !wire.closed);
    wire.length = 0;
    memset(wire.received, 0, sizeof(wire.received));
    wire.request = "/nothing";
    check(lws_callback_on_writable(wsi) == 1);
    pass(20);
    check(strstr(wire.received, "404") && !wire.closed);

    /* All protocols of its virtual host hear of it, with the connection itself; until one has had enough. */
    lws_set_opaque_user_data(wsi, &wire);
    called = 0;
    last_called = 2;
    check(lws_callback_vhost_protocols(wsi, LWS_CALLBACK_USER, &wire, 2) == 1 && called == 2);
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    pass(20);
    check(wire.closed);
}

static void websockets(void) {
    /* The status that a callback refuses with is the one that arrives. */
    run(NULL, "/page", LWS_CALLBACK_USER);
    check(client.count[LWS_CALLBACK_CLIENT_CONNECTION_ERROR] == 1 && client.status == 401);
    run(NULL, "/composed", LWS_CALLBACK_USER);
    check(client.count[LWS_CALLBACK_CLIENT_CONNECTION_ERROR] == 1 && client.status == 406);
}

static struct lws_vhost *add(const char *name, const struct lws_protocol_vhost_options *options);

static void finalize(struct lws_vhost *vhost, void *argument) {
    check(vhost && argument == &finalized_at);
    finalized_at = ++clock_of_endings;
}

static struct lws_vhost *add(const char *name, const struct lws_protocol_vhost_options *options) {
    struct lws_context_creation_info info;
    struct lws_vhost *vhost;

    memset(&info, 0, sizeof(info));
    info.port = port;
    info.vhost_name = name;
    info.protocols = protocols;
    info.pvo = options;
    info.finalize = finalize;
    info.finalize_arg = &finalized_at;
    vhost = lws_create_vhost(context, &info);
    check(vhost);
    return vhost;
}

/* A virtual host ends behind its connections, and what its protocols keep with it. */
static void virtual_host(void) {
    struct lws_vhost *vhost = add("two", &for_http);
    int passes;

    ends_in = LWS_CALLBACK_USER;
    begin(NULL, "/", "two", NULL);
    for (passes = 0; !client.count[LWS_CALLBACK_CLIENT_ESTABLISHED]; passes++) {
        check(passes < 3000 && !client.over);
        check(lws_service(context, 10) == 0);
    }
    /* Who names no subprotocol gets the one that is marked for that. */
    check(!strcmp(server.protocol, "other"));
    clock_of_endings = ended_at = closed_at = finalized_at = 0;
    lws_vhost_destroy(vhost);
    check(!closed_at && !ended_at && !finalized_at && !lws_get_vhost_by_name(context, "two"));
    for (passes = 0; !client.over || !finalized_at; passes++) {
        check(passes < 3000);
        check(lws_service(context, 10) == 0);
    }
    check(closed_at == 1 && ended_at > closed_at && finalized_at > ended_at);
}

int main(void) {
    struct lws_context_creation_info info;
    int at_stage;

    lws_set_log_level(LLL_ERR, NULL);
    port = free_port();
    memset(&info, 0, sizeof(info));
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    context = lws_create_context(&info);
    check(context);
    add("one", NULL);
    http();
    timeout_of_one_request();
    websockets();
    virtual_host();

    /* The context ends: who is still on the way hears that it will not arrive, who waits for an answer too. */
    for (at_stage = 0; at_stage < 2; at_stage++) {
        ends_in = LWS_CALLBACK_USER;
        begin("GET", "/silent", "one", NULL);
        if (at_stage)
            pass(20);
        lws_context_destroy(context);
        check(client.count[LWS_CALLBACK_CLIENT_CONNECTION_ERROR] == 1 && client.count[LWS_CALLBACK_CLIENT_HTTP_DROP_PROTOCOL] == 1);
        if (at_stage)
            break;
        context = lws_create_context(&info);
        check(context);
        add("one", NULL);
    }
    /* Out of a callback that no lws_service has called: it goes when that call is over. */
    info.pcontext = &context;
    check(lws_create_context(&info) == context);
    add("one", NULL);
    destroys_at_once = 1;
    begin("GET", "/silent", "one", NULL);
    check(!context && client.count[LWS_CALLBACK_CLIENT_CONNECTION_ERROR] == 1);
    check(server.created && server.destroyed >= server.created);
    return 0;
}

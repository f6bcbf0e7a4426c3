/*
 * What a client's request says to the server, and how long its body is: Origin, as other servers compare it with Host, and Content-Length,
 * which many need, as the program gave it. Also what lws_serve_http_file tells of a file that is not there. Ends with 0, or says what is wrong.
 */
#include <libwebsockets.h>

#include "check.h"

/* A request as the server got it. */
static struct {
    char path[32], origin[64], host[64], length[16], coding[16], body[64];
    size_t got;
    int complete;
} request;

/* What the client does, and what became of it. */
static struct {
    const char *length;
    const char *pieces[3];
    int next, refused, status, ended;
} client;

static const char body[] = "{\"a\":\"bcd\"}";

static void field(struct lws *wsi, char *value, size_t size, enum lws_token_indexes token) {
    if (lws_hdr_copy(wsi, value, (int)size, token) < 0)
        value[0] = '\0';
}

static int answer(struct lws *wsi) {
    unsigned char buffer[LWS_PRE + 256], *start = buffer + LWS_PRE, *p = start, *end = buffer + sizeof(buffer) - 1;

    check(!lws_add_http_common_headers(wsi, 200, "text/plain", 0, &p, end));
    check(!lws_finalize_write_http_header(wsi, start, &p, end));
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int serve(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    unsigned char buffer[LWS_PRE + 256], *p = buffer + LWS_PRE, *end = buffer + sizeof(buffer) - 1;
    int complete;

    switch (reason) {
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        field(wsi, request.origin, sizeof(request.origin), WSI_TOKEN_ORIGIN);
        field(wsi, request.host, sizeof(request.host), WSI_TOKEN_HOST);
        field(wsi, request.length, sizeof(request.length), WSI_TOKEN_HTTP_CONTENT_LENGTH);
        field(wsi, request.coding, sizeof(request.coding), WSI_TOKEN_HTTP_TRANSFER_ENCODING);
        if (reason == LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION)
            return 0;
        if (!strcmp((const char *)in, "/file")) {
            /* As libwebsockets has it: below 0 an error, 0 under way, above 0 complete. */
            complete = lws_serve_http_file(wsi, "/no/such/file", "text/plain", NULL, 0);
            check(complete == 1);
            return lws_http_transaction_completed(wsi) ? -1 : 0;
        }
        lws_strncpy(request.path, (const char *)in, sizeof(request.path));
        return request.length[0] || request.coding[0] ? 0 : answer(wsi);
    case LWS_CALLBACK_HTTP_BODY:
        check(request.got + len < sizeof(request.body));
        if (len) /* Before the end of an empty one there is an empty piece. */
            memcpy(request.body + request.got, in, len);
        request.got += len;
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        request.complete++;
        if (strcmp(request.path, "/elsewhere"))
            return answer(wsi);
        return lws_http_redirect(wsi, HTTP_STATUS_SEE_OTHER, (const unsigned char *)"/seen", 5, &p, end) < 0 ? -1 : 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
}

static int ask(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    unsigned char buffer[LWS_PRE + 64], **p = (unsigned char **)in;
    const char *piece;
    int length;

    (void)user;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        if (client.length) {
            length = (int)strlen(client.length);
            check(!lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, (const unsigned char *)client.length,
                                                length, p, *p + len));
        }
        if (client.pieces[0] && !lws_http_is_redirected_to_get(wsi)) {
            lws_client_http_body_pending(wsi, 1);
            lws_callback_on_writable(wsi);
        }
        return 0;
    case LWS_CALLBACK_CLIENT_HTTP_WRITEABLE:
        piece = client.pieces[client.next++];
        length = (int)strlen(piece);
        memcpy(buffer + LWS_PRE, piece, (size_t)length);
        if (!client.pieces[client.next])
            lws_client_http_body_pending(wsi, 0);
        else
            lws_callback_on_writable(wsi);
        if (lws_write(wsi, buffer + LWS_PRE, (size_t)length, LWS_WRITE_HTTP) != length) {
            client.refused++;
            return -1;
        }
        return 0;
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        client.status = (int)lws_http_client_http_response(wsi);
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        return -1;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
    case LWS_CALLBACK_CLIENT_CLOSED:
        client.ended++;
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { "serve", serve, 0, 0, 0, NULL, 0 },
    { "ask", ask, 0, 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static struct lws_context *context;
static int port;

static void run(struct lws_vhost *vhost, const char *method, const char *path, const char *host, const char *origin) {
    struct lws_client_connect_info info;
    int passes;

    memset(&request, 0, sizeof(request));
    client.next = client.refused = client.status = client.ended = 0;
    memset(&info, 0, sizeof(info));
    info.context = context;
    info.vhost = vhost;
    info.address = "127.0.0.1";
    info.port = port;
    info.path = path;
    info.host = host;
    info.origin = origin;
    info.method = method;
    info.protocol = method ? NULL : "serve";
    info.local_protocol_name = "ask";
    check(lws_client_connect_via_info(&info));
    for (passes = 0; !client.ended; passes++) {
        check(passes < 3000);
        check(lws_service(context, 10) == 0);
    }
}

/* Programs give a name; what is sent is an origin (RFC 6454). */
static void origins(struct lws_vhost *raw) {
    char expected[64];

    lws_snprintf(expected, sizeof(expected), "http://127.0.0.1:%d", port);
    run(NULL, "GET", "/", "127.0.0.1", "127.0.0.1");
    check(client.status == 200 && !strcmp(request.origin, expected) && !strcmp(request.host, expected + 7));
    run(NULL, NULL, "/", "127.0.0.1", "127.0.0.1");
    check(!strcmp(request.origin, expected) && !strcmp(request.host, expected + 7));
    run(NULL, NULL, "/", "127.0.0.1", "page.example");
    check(!strcmp(request.origin, "http://page.example"));
    run(NULL, NULL, "/", "127.0.0.1", "https://page.example:8443");
    check(!strcmp(request.origin, "https://page.example:8443"));
    run(raw, NULL, "/", "127.0.0.1", "127.0.0.1");
    check(!strcmp(request.origin, "127.0.0.1"));
    run(NULL, NULL, "/", "127.0.0.1", NULL);
    check(!request.origin[0]);
}

/* Many servers take no chunks: a length that the program knows is said. */
static void lengths(void) {
    client.pieces[0] = "{\"a\":";
    client.pieces[1] = "\"bcd\"}";
    client.length = "11";
    run(NULL, "PUT", "/echo", NULL, NULL);
    check(!strcmp(request.length, "11") && !request.coding[0] && !strcmp(request.body, body) && client.status == 200);
    run(NULL, "DELETE", "/echo", NULL, NULL);
    check(!strcmp(request.length, "11") && !strcmp(request.body, body) && client.status == 200);
    /* The answer is fetched with GET, which has no body, whatever the program adds. */
    run(NULL, "POST", "/elsewhere", NULL, NULL);
    check(!strcmp(request.path, "/seen") && !request.length[0] && !request.coding[0] && client.status == 200);
    client.length = NULL;
    run(NULL, "PUT", "/echo", NULL, NULL);
    check(!request.length[0] && !strcmp(request.coding, "chunked") && !strcmp(request.body, body));
    client.length = "nonsense";
    run(NULL, "PUT", "/echo", NULL, NULL);
    check(!request.length[0] && !strcmp(request.body, body) && client.status == 200);
    /* More than was said, and less: the server must not take the one for the other. */
    client.length = "6";
    run(NULL, "PUT", "/echo", NULL, NULL);
    check(client.refused == 1 && client.ended == 1 && !client.status && !request.complete);
    client.length = "12";
    run(NULL, "PUT", "/echo", NULL, NULL);
    check(!client.refused && client.ended == 1 && !client.status && !request.complete);
    client.length = "0";
    client.pieces[0] = client.pieces[1] = NULL;
    run(NULL, "PUT", "/echo", NULL, NULL);
    check(!strcmp(request.length, "0") && client.status == 200 && !client.next);
    client.length = NULL;
}

int main(void) {
    struct lws_context_creation_info info;
    struct lws_vhost *raw;

    lws_set_log_level(LLL_ERR, NULL);
    memset(&info, 0, sizeof(info));
    info.port = port = free_port();
    info.protocols = protocols;
    context = lws_create_context(&info);
    check(context);
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.vhost_name = "raw";
    info.options = LWS_SERVER_OPTION_JUST_USE_RAW_ORIGIN;
    raw = lws_create_vhost(context, &info);
    check(raw);
    origins(raw);
    run(NULL, "GET", "/file", NULL, NULL);
    check(client.status == 404);
    lengths();
    lws_context_destroy(context);
    return 0;
}

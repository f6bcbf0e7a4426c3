/*
 * What a program gives a connection to keep, and what it learns of it: a `user` of its own, arguments of a path, the peer's address from the
 * handshake on, how long an answer may take, the media type of a file. Servers and clients of one program and one context. Ends with 0, or
 * says what is wrong.
 */
#include <libwebsockets.h>

#include "check.h"

/* What the server gives each connection as its `user`. */
static char own[] = "the program's";

/* What has been heard. */
static struct {
    int requests, sockets, ended;
    int prepared, answered, failed;
} heard;

static void arguments(struct lws *wsi) {
    char value[8];

    check(!lws_get_urlarg_by_name(wsi, "alone=", value, sizeof(value)));
    check(lws_get_urlarg_by_name_safe(wsi, "alone=", value, sizeof(value)) < 0);
    check(lws_get_urlarg_by_name(wsi, "alone", value, sizeof(value)) && !value[0]);
    check(lws_get_urlarg_by_name(wsi, "empty=", value, sizeof(value)) && !value[0]);
    check(lws_get_urlarg_by_name(wsi, "empty", value, sizeof(value)) && !value[0]);
    check(lws_get_urlarg_by_name(wsi, "one=", value, sizeof(value)) && !strcmp(value, "1"));
    check(lws_get_urlarg_by_name(wsi, "one", value, sizeof(value)) && !strcmp(value, "1"));
    check(!lws_get_urlarg_by_name(wsi, "on", value, sizeof(value)));
}

static int serve(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    (void)in;
    (void)len;
    switch (reason) {
    case LWS_CALLBACK_FILTER_HTTP_CONNECTION:
        check(user && user != own);
        lws_set_wsi_user(wsi, own);
        return 0;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
        check(user && user != own);
        lws_set_wsi_user(wsi, own);
        check(lws_wsi_user(wsi) == own);
        return 0;
    case LWS_CALLBACK_HTTP_BIND_PROTOCOL:
        /* The program's stays while protocols come and go; of an upgrade it is the first. */
        check(user == own || lws_hdr_total_length(wsi, WSI_TOKEN_KEY) > 0);
        return 0;
    case LWS_CALLBACK_HTTP:
        check(user == own);
        heard.requests++;
        arguments(wsi);
        if (lws_return_http_status(wsi, HTTP_STATUS_OK, NULL) || lws_http_transaction_completed(wsi))
            return -1;
        return 0;
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_SERVER_WRITEABLE:
        check(user == own);
        heard.sockets++;
        return 0;
    case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
    case LWS_CALLBACK_CLOSED_HTTP:
    case LWS_CALLBACK_CLOSED:
        check(user == own);
        return 0;
    default:
        return 0;
    }
}

static int ask(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    char piece[LWS_PRE + 256], *p = piece + LWS_PRE;
    int length = 256;

    (void)user;
    (void)in;
    (void)len;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        check_peer(wsi);
        heard.prepared++;
        return 0;
    case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
    case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
        check_peer(wsi);
        /* As old programs ask for it. */
        check(lws_hdr_copy(wsi, p, length, WSI_TOKEN_HTTP) >= 3 && atoi(p) == (int)lws_http_client_http_response(wsi));
        heard.answered++;
        return 0;
    case LWS_CALLBACK_RECEIVE_CLIENT_HTTP:
        return lws_http_client_read(wsi, &p, &length) < 0 ? -1 : 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        check_peer(wsi);
        lws_callback_on_writable(wsi);
        return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        lws_close_reason(wsi, (enum lws_close_status)4000, (unsigned char *)"bye", 3);
        return -1;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        heard.failed++;
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_CLOSED_CLIENT_HTTP:
        heard.ended++;
        return 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { "serve", serve, 16, 0, 0, NULL, 0 },
    { "ask", ask, 0, 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static struct lws_context *context;
static int port;

static void call(int at, const char *method, const char *path) {
    struct lws_client_connect_info info;

    memset(&info, 0, sizeof(info));
    info.context = context;
    info.address = info.host = "127.0.0.1";
    info.port = at;
    info.path = path;
    info.method = method;
    info.local_protocol_name = "ask";
    check(lws_client_connect_via_info(&info));
}

/* Serves until so many clients have ended or failed. */
static void until(const int *count, int most) {
    int passes;

    for (passes = 0; *count < most && passes < 1000; passes++)
        check(lws_service(context, 10) >= 0);
    check(*count == most);
}

/* Connections to it stand, for the system takes them, and nobody answers. */
static int silent_port(void) {
    int port, fd = bound_socket(&port);

    check(!listen(fd, 1));
    return port;
}

static void media_types(void) {
    struct lws_protocol_vhost_options binary = { NULL, NULL, ".bin", "application/x-firmware" };
    struct lws_protocol_vhost_options any = { &binary, NULL, "*", "application/octet-stream" };
    struct lws_http_mount mount;

    memset(&mount, 0, sizeof(mount));
    mount.extra_mimetypes = &any;
    /* What is for everything is for what has no type of its own. */
    check(!strcmp(lws_get_mimetype("index.html", &mount), "text/html"));
    check(!strcmp(lws_get_mimetype("update.BIN", &mount), "application/x-firmware"));
    check(!strcmp(lws_get_mimetype("README", &mount), "application/octet-stream"));
    check(!strcmp(lws_get_mimetype("INDEX.HTM", NULL), "text/html"));
    check(lws_get_mimetype("icons.ttf", NULL) && lws_get_mimetype("icons.woff", NULL));
    check(!lws_get_mimetype("README", NULL));
}

int main(void) {
    struct lws_context_creation_info info;
    lws_usec_t began;

    media_types();
    port = free_port();
    memset(&info, 0, sizeof(info));
    info.port = port;
    info.protocols = protocols;
    info.timeout_secs = 1;
    context = lws_create_context(&info);
    check(context);
    call(port, "GET", "/?alone&empty=&one=1");
    until(&heard.ended, 1);
    check(heard.requests == 1 && heard.prepared == 1 && heard.answered == 2);
    call(port, NULL, "/");
    until(&heard.ended, 2);
    check(heard.sockets == 2 && heard.prepared == 2 && heard.answered == 4 && !heard.failed);
    began = lws_now_usecs();
    call(silent_port(), NULL, "/");
    until(&heard.failed, 1);
    check(lws_now_usecs() - began < 5 * LWS_US_PER_SEC);
    lws_context_destroy(context);
    return 0;
}

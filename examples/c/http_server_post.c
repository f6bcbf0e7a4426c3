/*
 * An HTTP server that takes POST requests: /echo gives the body back, /length says how long it is; GET / is a page. On a host:
 *
 *   cc http_server_post.c $(pkg-config --cflags --libs libwebsockets) -o http_server_post
 *   ./http_server_post            then: curl -d hello http://127.0.0.1:7681/echo
 *
 * With -DSECURE over TLS, by the certificate and the key that identity.h tells of.
 */
#include <libwebsockets.h>
#include <signal.h>

#ifdef SECURE
#include "identity.h"
#endif

#ifndef PORT
#define PORT 7681
#endif

/* The longest body that is given back. */
#define MOST 4096

/* What belongs to one request. */
struct request {
    char path[32];
    unsigned long length;
    size_t kept;
    /* lws_write wants LWS_PRE bytes in front. */
    unsigned char body[LWS_PRE + MOST];
};

static volatile sig_atomic_t interrupted;

/* A whole response: head and body. Not 0: the connection is to end. */
static int answer(struct lws *wsi, unsigned int status, const char *type, unsigned char *body, size_t length) {
    unsigned char head[LWS_PRE + LWS_RECOMMENDED_MIN_HEADER_SPACE], *start = head + LWS_PRE, *p = start;
    unsigned char *end = head + sizeof(head) - 1;

    if (lws_add_http_common_headers(wsi, status, type, (lws_filepos_t)length, &p, end) ||
        lws_finalize_write_http_header(wsi, start, &p, end))
        return -1;
    if (length && lws_write(wsi, body, length, LWS_WRITE_HTTP_FINAL) < 0)
        return -1;
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

/* Not a POST. */
static int answer_head(struct lws *wsi, const char *path) {
    static const char page[] = "<!DOCTYPE html><h1>POST</h1><form method=post action=/length><textarea name=t></textarea>"
                               "<button>Send</button></form>";
    unsigned char buffer[LWS_PRE + sizeof(page)];

    if (!lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) && !lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI)) {
        if (lws_return_http_status(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED, NULL))
            return -1;
        return lws_http_transaction_completed(wsi) ? -1 : 0;
    }
    if (strcmp(path, "/"))
        return lws_callback_http_dummy(wsi, LWS_CALLBACK_HTTP, NULL, NULL, 0);
    memcpy(buffer + LWS_PRE, page, sizeof(page) - 1);
    return answer(wsi, HTTP_STATUS_OK, "text/html", buffer + LWS_PRE, sizeof(page) - 1);
}

static void keep(struct request *request, const void *in, size_t len) {
    size_t room = MOST - request->kept, taken = len < room ? len : room;

    if (taken)
        memcpy(request->body + LWS_PRE + request->kept, in, taken);
    request->kept += taken;
    request->length += len;
}

static int answer_body(struct lws *wsi, struct request *request) {
    unsigned char text[LWS_PRE + 32];
    int length;

    if (!strcmp(request->path, "/length")) {
        length = lws_snprintf((char *)text + LWS_PRE, 32, "%lu bytes\n", request->length);
        return answer(wsi, HTTP_STATUS_OK, "text/plain", text + LWS_PRE, (size_t)length);
    }
    if (strcmp(request->path, "/echo")) {
        if (lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, NULL))
            return -1;
        return lws_http_transaction_completed(wsi) ? -1 : 0;
    }
    if (request->length > MOST)
        return answer(wsi, HTTP_STATUS_REQ_ENTITY_TOO_LARGE, "text/plain", NULL, 0);
    return answer(wsi, HTTP_STATUS_OK, "application/octet-stream", request->body + LWS_PRE, request->kept);
}

static int callback_http(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    struct request *request = (struct request *)user;

    switch (reason) {
    case LWS_CALLBACK_HTTP:
        if (!lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI))
            return answer_head(wsi, (const char *)in);
        lws_strncpy(request->path, (const char *)in, sizeof(request->path));
        return 0;
    case LWS_CALLBACK_HTTP_BODY:
        keep(request, in, len);
        return 0;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return answer_body(wsi, request);
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
}

static const struct lws_protocols protocols[] = {
    { "http", callback_http, sizeof(struct request), 0, 0, NULL, 0 },
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

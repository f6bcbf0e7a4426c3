/*
 * A server that keeps a record of every callback of each connection, by number. GET /record gives out, and forgets, the records
 * of connections that are over, one a line; "u" behind a number means that there was a `user`.
 */
#include <libwebsockets.h>

#include "server.h"

#define MOST 8192

static char finished[MOST];

/* The record of one connection, as its opaque user data. */
struct record {
    char text[1024];
};

static void note(struct lws *wsi, enum lws_callback_reasons reason, const void *user) {
    struct record *record = (struct record *)lws_get_opaque_user_data(wsi);
    size_t length;

    if (!record) {
        record = (struct record *)calloc(1, sizeof(*record));
        lws_set_opaque_user_data(wsi, record);
    }
    length = strlen(record->text);
    lws_snprintf(record->text + length, sizeof(record->text) - length, "%d%s ", (int)reason, user ? "u" : "");
    if (reason == LWS_CALLBACK_WSI_DESTROY) {
        length = strlen(finished);
        lws_snprintf(finished + length, sizeof(finished) - length, "%s\n", record->text);
        free(record);
        lws_set_opaque_user_data(wsi, NULL);
    }
}

static int answer(struct lws *wsi) {
    if (lws_return_http_status(wsi, HTTP_STATUS_OK, "answer"))
        return -1;
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int raw(struct lws *wsi, const char *head, const char *body) {
    static unsigned char buffer[LWS_PRE + MOST + 128];
    int length = lws_snprintf((char *)buffer + LWS_PRE, MOST + 128, "%s%s", head, body);

    return lws_write(wsi, buffer + LWS_PRE, (size_t)length, LWS_WRITE_HTTP) == length ? 0 : -1;
}

static int get(struct lws *wsi, const char *path) {
    char head[128];

    if (!strcmp(path, "/record")) {
        lws_snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n", (unsigned int)strlen(finished));
        if (raw(wsi, head, finished))
            return -1;
        finished[0] = 0;
        return 0;
    }
    if (!strcmp(path, "/close"))
        return -1;
    if (!strcmp(path, "/silent"))
        return 0;
    if (!strcmp(path, "/later"))
        return lws_callback_on_writable(wsi) == 1 ? 0 : -1;
    if (!strcmp(path, "/raw"))
        return raw(wsi, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "raw");
    return answer(wsi);
}

static int receive(struct lws *wsi, const char *in, size_t len) {
    if (len == 5 && !memcmp(in, "close", 5)) {
        lws_close_reason(wsi, (enum lws_close_status)4001, (unsigned char *)"why", 3);
        return -1;
    }
    if (len == 4 && !memcmp(in, "drop", 4))
        return -1;
    if (len == 5 && !memcmp(in, "timer", 5))
        lws_set_timer_usecs(wsi, 1000);
    if (len == 4 && !memcmp(in, "kill", 4))
        lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    if (len == 4 && !memcmp(in, "room", 4))
        lws_callback_on_writable(wsi);
    return 0;
}

/* What the client's reason is answered with: that, a reason of the server's, or nothing. */
static int closing(struct lws *wsi, const char *reason, size_t len) {
    if (len == 3 && !memcmp(reason, "own", 3))
        lws_close_reason(wsi, (enum lws_close_status)4001, (unsigned char *)"mine", 4);
    return len == 3 && (!memcmp(reason, "own", 3) || !memcmp(reason, "end", 3)) ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    switch (reason) {
    case LWS_CALLBACK_PROTOCOL_INIT:
    case LWS_CALLBACK_PROTOCOL_DESTROY:
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        return 0;
    default:
        note(wsi, reason, user);
        break;
    }
    switch (reason) {
    case LWS_CALLBACK_HTTP:
        if (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI))
            return !strcmp((const char *)in, "/dummy") ? raw(wsi, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "raw") : 0;
        return get(wsi, (const char *)in);
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        /* A second response, as programs send it that fall through to the dummy: the client must not see it. */
        if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS)) {
            if (raw(wsi, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "raw"))
                return -1;
            return lws_callback_http_dummy(wsi, reason, user, in, len);
        }
        return answer(wsi);
    case LWS_CALLBACK_HTTP_WRITEABLE:
        return answer(wsi);
    case LWS_CALLBACK_RECEIVE:
        if (((const char *)in)[len] || ((uintptr_t)in - LWS_PRE) == 0)
            return -1;
        memset((char *)in - LWS_PRE, 0xff, LWS_PRE);
        return receive(wsi, (const char *)in, len);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        return len > 2 ? closing(wsi, (const char *)in + 2, len - 2) : 0;
    default:
        return 0;
    }
}

static const struct lws_protocols protocols[] = {
    { "http", callback, 8, 0, 0, NULL, 0 },
    { "ws", callback, 8, 64, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

int main(int argc, const char **argv) {
    struct lws_context_creation_info info;

    prepare(&info, argc, argv);
    info.protocols = protocols;
    info.timeout_secs = 2;
    /* As libwebsockets' examples have it: 0 must neither spin nor sleep through the signal. */
    return serve(lws_create_context(&info), 0);
}

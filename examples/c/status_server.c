/*
 * What a firmware knows of itself: GET /status, and each message to its WebSocket, are answered with what the context takes of the memory at
 * most and what it has done, as JSON. On a host:
 *
 *   cc status_server.c $(pkg-config --cflags --libs libwebsockets) -o status_server
 *   ./status_server               then: curl http://127.0.0.1:7681/status
 */
#include <libwebsockets.h>
#include <signal.h>

#ifndef PORT
#define PORT 7681
#endif

/* How many clients there may be, and how many of them at their worst at the same time: what the memory is planned for. */
#define CLIENTS 12
#define BUSY    2

/* Bytes that may wait for one of them. */
#define QUEUE 4096

static volatile sig_atomic_t interrupted;
static struct wm_memory memory;

static int write_status(struct lws *wsi, char *text, size_t size) {
    struct wm_counters counters;

    if (wm_counters_of(lws_get_context(wsi), &counters))
        return -1;
    return lws_snprintf(text, size,
                        "{\"idle\": %lu, \"busy\": %lu, \"total\": %lu, \"connections\": %lu, \"peak\": %lu, \"requests\": %lu, "
                        "\"websockets\": %lu, \"refused\": %lu, \"longest_pass\": %lu, \"queue_peak\": %lu}",
                        (unsigned long)memory.idle, (unsigned long)memory.busy, (unsigned long)memory.total,
                        (unsigned long)counters.connections, (unsigned long)counters.connections_peak,
                        (unsigned long)counters.requests, (unsigned long)counters.websockets_opened,
                        (unsigned long)counters.refused_busy + counters.refused_memory,
                        (unsigned long)counters.longest_pass, (unsigned long)counters.queue_peak);
}

static int answer(struct lws *wsi, const char *path) {
    unsigned char head[LWS_PRE + LWS_RECOMMENDED_MIN_HEADER_SPACE], *start = head + LWS_PRE, *p = start;
    unsigned char *end = head + sizeof(head) - 1;
    char text[LWS_PRE + 400];
    int length;

    if (strcmp(path, "/status"))
        return lws_callback_http_dummy(wsi, LWS_CALLBACK_HTTP, NULL, NULL, 0);
    length = write_status(wsi, text + LWS_PRE, sizeof(text) - LWS_PRE);
    if (length < 0 ||
        lws_add_http_common_headers(wsi, HTTP_STATUS_OK, "application/json", (lws_filepos_t)length, &p, end) ||
        lws_finalize_write_http_header(wsi, start, &p, end) ||
        lws_write(wsi, (unsigned char *)text + LWS_PRE, (size_t)length, LWS_WRITE_HTTP_FINAL) < 0)
        return -1;
    return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    char text[LWS_PRE + 400];
    int length;

    switch (reason) {
    case LWS_CALLBACK_HTTP:
        return answer(wsi, (const char *)in);
    case LWS_CALLBACK_RECEIVE:
        length = write_status(wsi, text + LWS_PRE, sizeof(text) - LWS_PRE);
        return length < 0 || lws_write(wsi, (unsigned char *)text + LWS_PRE, (size_t)length, LWS_WRITE_TEXT) < 0 ? -1 : 0;
    default:
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
}

static const struct lws_protocols protocols[] = {
    { "status", callback, 0, 0, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static void interrupt(int signal_number) {
    (void)signal_number;
    interrupted = 1;
}

int main(int argc, const char **argv) {
    struct lws_context_creation_info info;
    struct lws_context *context;
    struct wm_counters counters;
    struct wm_limits limits;
    const char *port = lws_cmdline_option(argc, argv, "-p");

    signal(SIGINT, interrupt);
    signal(SIGTERM, interrupt);
    memset(&limits, 0, sizeof(limits));
    limits.queue = QUEUE;
    wm_set_limits(&limits);
    memset(&info, 0, sizeof(info));
    info.port = port ? atoi(port) : PORT;
    info.protocols = protocols;
    info.fd_limit_per_thread = CLIENTS;
    lws_cmdline_option_handle_builtin(argc, argv, &info);
    if (wm_memory_of(&info, BUSY, &memory))
        return 1;
    lwsl_user("%lu bytes of heap for %d clients, %d of them at their worst\n", (unsigned long)memory.total, CLIENTS, BUSY);

    context = lws_create_context(&info);
    if (!context) {
        lwsl_err("no context\n");
        return 1;
    }
    /* From here on passes are timed. */
    wm_counters_of(context, &counters);
    while (!interrupted && lws_service(context, 1000) >= 0) {
    }
    lws_context_destroy(context);
    return 0;
}

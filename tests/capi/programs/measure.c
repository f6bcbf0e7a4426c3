/* What a context takes and does: the functions of lws/measure.h, as they are meant and as they are not. Ends with 0, or says what is wrong. */
#include <libwebsockets.h>

#include <arpa/inet.h>

#include "check.h"

static int callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    struct wm_counters counters;
    lws_usec_t until;

    if (reason == LWS_CALLBACK_HTTP) {
        check(!wm_counters_of(lws_get_context(wsi), &counters) && counters.requests == 1 && counters.connections == 1);
        for (until = lws_now_usecs() + 30000; lws_now_usecs() < until;) {
        }
        return lws_return_http_status(wsi, HTTP_STATUS_OK, "page") || lws_http_transaction_completed(wsi) ? -1 : 0;
    }
    return lws_callback_http_dummy(wsi, reason, user, in, len);
}

static const struct lws_protocols protocols[] = {
    { "small", callback, 100, 1000, 0, NULL, 0 },
    { "large", callback, 5000, 20000, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

static void memory(void) {
    static const struct lws_protocols none[] = { { "http", callback, 0, 0, 0, NULL, 0 }, LWS_PROTOCOL_LIST_TERM };
    struct lws_context_creation_info info;
    struct wm_limits limits;
    struct wm_memory bare, full, more;

    memset(&info, 0, sizeof(info));
    check(wm_memory_of(NULL, 1, &bare) == -1 && wm_memory_of(&info, 1, NULL) == -1);
    check(!wm_memory_of(&info, 1, &bare) && bare.idle && bare.busy > bare.idle && bare.total > bare.start);
    info.protocols = none;
    info.fd_limit_per_thread = 10;
    check(!wm_memory_of(&info, 0, &bare));
    info.protocols = protocols;
    check(!wm_memory_of(&info, 0, &full));
    check(full.idle == bare.idle + 5000 && full.busy == bare.busy + 5000 + 2 * 20000);
    check(full.total >= bare.total + 10 * 5000);
    check(!wm_memory_of(&info, 2, &more) && more.total == full.total + 2 * (full.busy - full.idle + full.tls_busy));
    check(!wm_memory_of(&info, UINT_MAX, &more));
    info.fd_limit_per_thread = 11;
    check(!wm_memory_of(&info, 0, &more) && more.total > full.total);
    memset(&limits, 0, sizeof(limits));
    limits.queue = 1000;
    wm_set_limits(&limits);
    check(!wm_memory_of(&info, 0, &more) && more.busy + 60000 < full.busy);
    limits.queue = SIZE_MAX;
    limits.clients = limits.lingering = limits.send_timeout_secs = UINT_MAX;
    wm_set_limits(&limits);
    check(!wm_memory_of(&info, 1, &more) && more.busy >= full.busy);
    wm_set_limits(NULL);
    check(!wm_memory_of(&info, 0, &more) && more.busy == full.busy);
}

/* As many clients as may be, and one more. */
static void clients(struct lws_context *context, unsigned int most) {
    struct lws_client_connect_info connect;
    unsigned int n;

    memset(&connect, 0, sizeof(connect));
    connect.context = context;
    connect.address = "127.0.0.1";
    connect.port = 9;
    connect.path = "/";
    connect.method = "GET";
    for (n = 0; n < most; n++)
        check(lws_client_connect_via_info(&connect));
    check(!lws_client_connect_via_info(&connect));
}

static void counters(void) {
    struct lws_context_creation_info info;
    struct wm_limits limits;
    struct wm_counters counted, zero;
    struct lws_context *context;
    struct sockaddr_in address;
    char answer[512];
    int fd, n;

    memset(&zero, 0, sizeof(zero));
    memset(&limits, 0, sizeof(limits));
    limits.clients = 3;
    wm_set_limits(&limits);
    memset(&info, 0, sizeof(info));
    info.port = free_port();
    info.protocols = protocols;
    context = lws_create_context(&info);
    wm_set_limits(NULL);
    check(context && wm_counters_of(NULL, &counted) == -1 && wm_counters_of(context, NULL) == -1);
    check(!wm_counters_of(context, &counted) && !memcmp(&counted, &zero, sizeof(zero)));
    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)info.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    check(fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof(address)));
    check(send(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, 0) == 27);
    for (n = 0; n < 1000 && recv(fd, answer, sizeof(answer), MSG_DONTWAIT) <= 0; n++)
        check(lws_service(context, 10) == 0);
    check(n < 1000 && !wm_counters_of(context, &counted));
    check(counted.accepted == 1 && counted.connections == 1 && counted.connections_peak == 1 && counted.requests == 1);
    check(counted.bytes_received == 27 && counted.bytes_sent > 50 && counted.longest_pass >= 30);
    check(!counted.websockets_opened && !counted.bad_requests && !counted.error_responses && !counted.tls_handshakes);
    close(fd);
    clients(context, 3);
    lws_context_destroy(context);
}

int main(void) {
    lws_set_log_level(0, NULL);
    memory();
    counters();
    return 0;
}

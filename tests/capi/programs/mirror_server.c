/*
 * What libwebsockets' own test client talks to: numbers that count up at dumb-increment-protocol, and lws-mirror-protocol, which gives every
 * message to all. / says how many numbers were sent, and how many messages were given back. -c CERTIFICATE -k KEY: over TLS.
 */
#include <libwebsockets.h>

#include "server.h"

#define INTERVAL (LWS_US_PER_SEC / 50)
#define WAITING  64

struct counter {
    int number;
};

struct painter {
    struct painter *next;
    struct lws *wsi;
    uint32_t tail;
};

struct message {
    size_t length;
    char text[512];
};

static struct lws_ring *ring;
static struct painter *painters;
static int counted, mirrored;

static int count(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    struct counter *counter = (struct counter *)user;
    char buffer[LWS_PRE + 16], *text = buffer + LWS_PRE;

    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        lws_set_timer_usecs(wsi, INTERVAL);
        return 0;
    case LWS_CALLBACK_TIMER:
        lws_callback_on_writable(wsi);
        lws_set_timer_usecs(wsi, INTERVAL);
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        counted++;
        lws_snprintf(text, 16, "%d", counter->number++);
        return lws_write(wsi, (unsigned char *)text, strlen(text), LWS_WRITE_TEXT) < 0 ? -1 : 0;
    default:
        (void)in, (void)len;
        return 0;
    }
}

static void tell_all(void) {
    lws_start_foreach_llp(struct painter **, painter, painters) {
        lws_callback_on_writable((*painter)->wsi);
    } lws_end_foreach_llp(painter, next);
}

static int paint(struct lws *wsi, struct painter *painter) {
    const struct message *message = (const struct message *)lws_ring_get_element(ring, &painter->tail);
    unsigned char buffer[LWS_PRE + sizeof(message->text)];

    if (!message)
        return 0;
    mirrored++;
    memcpy(buffer + LWS_PRE, message->text, message->length);
    if (lws_write(wsi, buffer + LWS_PRE, message->length, LWS_WRITE_TEXT) < 0)
        return -1;
    lws_ring_consume_and_update_oldest_tail(ring, struct painter, &painter->tail, 1, painters, tail, next);
    if (lws_ring_get_element(ring, &painter->tail))
        lws_callback_on_writable(wsi);
    return 0;
}

static int mirror(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    struct painter *painter = (struct painter *)user;
    struct message message;

    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED:
        painter->wsi = wsi;
        painter->tail = lws_ring_get_oldest_tail(ring);
        lws_ll_fwd_insert(painter, next, painters);
        return 0;
    case LWS_CALLBACK_CLOSED:
        lws_ll_fwd_remove(struct painter, next, painter, painters);
        return 0;
    case LWS_CALLBACK_RECEIVE:
        if (len > sizeof(message.text))
            return -1;
        message.length = len;
        memcpy(message.text, in, len);
        lws_ring_insert(ring, &message, 1);
        tell_all();
        return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return paint(wsi, painter);
    default:
        return 0;
    }
}

static int tell(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len) {
    char text[64];

    if (reason != LWS_CALLBACK_HTTP)
        return lws_callback_http_dummy(wsi, reason, user, in, len);
    lws_snprintf(text, sizeof(text), "counted %d mirrored %d", counted, mirrored);
    return lws_return_http_status(wsi, HTTP_STATUS_OK, text);
}

static const struct lws_protocols protocols[] = {
    { "http", tell, 0, 0, 0, NULL, 0 },
    { "dumb-increment-protocol", count, sizeof(struct counter), 64, 0, NULL, 0 },
    { "lws-mirror-protocol", mirror, sizeof(struct painter), 512, 0, NULL, 0 },
    LWS_PROTOCOL_LIST_TERM
};

int main(int argc, const char **argv) {
    struct lws_context_creation_info info;
    int result;

    prepare(&info, argc, argv);
    info.protocols = protocols;
    info.ssl_cert_filepath = lws_cmdline_option(argc, argv, "-c");
    info.ssl_private_key_filepath = lws_cmdline_option(argc, argv, "-k");
    ring = lws_ring_create(sizeof(struct message), WAITING, NULL);
    result = ring ? serve(lws_create_context(&info), 1000) : 1;
    lws_ring_destroy(ring);
    return result;
}

/* What a context may take of the memory, what it takes at most, and what it has done: this library's own, not libwebsockets'. */
#ifndef LWS_MEASURE_H
#define LWS_MEASURE_H

#include "base.h"
#include "context.h"

LWS_C_BEGIN

/* Bounds that libwebsockets has no name for. Zeroed first: 0 is what there is without. */
struct wm_limits {
    /* Bytes that may wait for a peer behind lwIP's send buffer: what would be more, lws_write refuses. 65,536; on a host 64 MiB. */
    size_t queue;
    /* Clients of the program's own at once. 8. */
    unsigned int clients;
    /* Connections that are being refused or closed, and still wait for the peer to read that. 8. */
    unsigned int lingering;
    /* Seconds after which a peer that takes nothing of what waits for it is given up. 60. */
    unsigned int send_timeout_secs;
};

/* For contexts that are created from now on. NULL: as without. */
void wm_set_limits(const struct wm_limits *limits);

/*
 * Bytes of heap that a context takes at most, whatever peers do: with what lwIP takes for its connections, and 16 for each block of memory.
 * Not in it: what the program allocates itself, its certificates, and files that are open.
 */
struct wm_memory {
    /* From the start. */
    size_t start;
    /* Each connection that is idle, with the largest session of the protocols. */
    size_t idle;
    /*
     * One in the worst case: its window full of segments of a byte and out of order, the longest head kept, a message of `rx_buffer_size`
     * half assembled, and all that may wait for a peer that takes nothing.
     */
    size_t busy;
    /* Each connection that lwIP remembers (TIME_WAIT) or that was not accepted yet: there are as many as it has PCBs for. */
    size_t ended;
    /* Each client of the program's own, above its connection. */
    size_t client;
    /* Reserved for handshakes from the start; of each TLS connection above a plain one, while it is idle; and above that while it is not. */
    size_t tls_start;
    size_t tls_idle;
    size_t tls_busy;
    /* All connections open, and as many of them at their worst as was asked for. */
    size_t total;
};

/* What a context of this takes, of whose connections so many are at their worst at the same time. Not 0: an argument is NULL. */
int wm_memory_of(const struct lws_context_creation_info *info, unsigned int busy, struct wm_memory *memory);

/* What has happened since the context was created. Each stops at its largest value. */
struct wm_counters {
    /* Now, and at most. */
    uint32_t connections;
    uint32_t connections_peak;
    uint32_t accepted;
    /* With 503, or over TLS with an alert: there were as many connections as may be. */
    uint32_t refused_busy;
    uint32_t refused_memory;
    /* Idle ones that made way for a new client. */
    uint32_t evicted;
    /* Those that the peer or lwIP broke off. */
    uint32_t disconnected;
    uint32_t requests;
    /* Those that broke a rule of HTTP. */
    uint32_t bad_requests;
    /* With a status of 400 and above. */
    uint32_t error_responses;
    uint32_t websockets_opened;
    uint32_t websockets_refused;
    /* WebSockets closed by a breach of RFC 6455. */
    uint32_t violations;
    /* Messages and pieces of some. */
    uint32_t messages_received;
    uint32_t messages_sent;
    uint32_t messages_dropped;
    uint32_t slow_closed;
    uint32_t bytes_received;
    uint32_t bytes_sent;
    /*
     * Milliseconds that the longest pass took, in which nobody else is served, callbacks included. Counted from the
     * first question outside of a callback on.
     */
    uint32_t longest_pass;
    /* Connections that a deadline ended. */
    uint32_t timeouts;
    uint32_t allocation_failures;
    /* The most bytes that waited for one peer. */
    uint32_t queue_peak;
    uint32_t tls_handshakes;
    uint32_t tls_failures;
};

/* Not 0: an argument is NULL, or it is asked in a place from where the context cannot be reached. */
int wm_counters_of(struct lws_context *context, struct wm_counters *counters);

LWS_C_END

#endif

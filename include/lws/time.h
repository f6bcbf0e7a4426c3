/* Clock, timers, timeouts, retry policies. */
#ifndef LWS_TIME_H
#define LWS_TIME_H

#include "base.h"
#include "list.h"

LWS_C_BEGIN

/* Microseconds since the device started. */
lws_usec_t lws_now_usecs(void);
#define lws_time_in_microseconds lws_now_usecs

/* Seconds since 1970, 0 while nobody has told the device. */
unsigned long lws_now_secs(void);

/* ---- Timers that belong to the application --------------------------------------------------------------- */

typedef struct lws_sorted_usec_list lws_sorted_usec_list_t;
typedef void (*sul_cb_t)(lws_sorted_usec_list_t *sul);

/*
 * A timer, inside an object of the application, which lws_container_of finds again. Zeroed before its first use, cancelled before
 * its object is freed.
 */
struct lws_sorted_usec_list {
    struct lws_dll2 list;
    lws_usec_t us;
    sul_cb_t cb;
    uint32_t latency_us;
};

#define LWS_SET_TIMER_USEC_CANCEL ((lws_usec_t)-1)
#define LWSSULLI_MISS_IF_SUSPENDED 0
#define LWSSULLI_WAKE_IF_SUSPENDED 1
#define LWS_COUNT_PT_SUL_OWNERS 2

/*
 * Calls `_cb` once, `_us` microseconds from now, out of lws_service. A timer that is set already is set anew;
 * LWS_SET_TIMER_USEC_CANCEL takes it back. `tsi` is 0.
 */
void lws_sul_schedule(struct lws_context *ctx, int tsi, lws_sorted_usec_list_t *sul, sul_cb_t _cb, lws_usec_t _us);
void lws_sul_schedule_wakesuspend(struct lws_context *ctx, int tsi, lws_sorted_usec_list_t *sul, sul_cb_t _cb,
                                  lws_usec_t _us);
void lws_sul_cancel(lws_sorted_usec_list_t *sul);

/* When the next timer is due, in lws_now_usecs' time: 0 and the time, or 1 when none is set. */
int lws_sul_earliest_wakeable_event(struct lws_context *ctx, lws_usec_t *pearliest);

/* ---- Timers and timeouts of a connection ---------------------------------------------------------------- */

/* What a connection waits for when lws_set_timeout ends it. For logs, but for NO_PENDING_TIMEOUT, which cancels. */
enum pending_timeout {
    NO_PENDING_TIMEOUT = 0,
    PENDING_TIMEOUT_AWAITING_PROXY_RESPONSE = 1,
    PENDING_TIMEOUT_AWAITING_CONNECT_RESPONSE = 2,
    PENDING_TIMEOUT_ESTABLISH_WITH_SERVER = 3,
    PENDING_TIMEOUT_AWAITING_SERVER_RESPONSE = 4,
    PENDING_TIMEOUT_AWAITING_PING = 5,
    PENDING_TIMEOUT_CLOSE_ACK = 6,
    PENDING_TIMEOUT_UNUSED1 = 7,
    PENDING_TIMEOUT_SENT_CLIENT_HANDSHAKE = 8,
    PENDING_TIMEOUT_SSL_ACCEPT = 9,
    PENDING_TIMEOUT_HTTP_CONTENT = 10,
    PENDING_TIMEOUT_AWAITING_CLIENT_HS_SEND = 11,
    PENDING_FLUSH_STORED_SEND_BEFORE_CLOSE = 12,
    PENDING_TIMEOUT_SHUTDOWN_FLUSH = 13,
    PENDING_TIMEOUT_CGI = 14,
    PENDING_TIMEOUT_HTTP_KEEPALIVE_IDLE = 15,
    PENDING_TIMEOUT_WS_PONG_CHECK_SEND_PING = 16,
    PENDING_TIMEOUT_WS_PONG_CHECK_GET_PONG = 17,
    PENDING_TIMEOUT_CLIENT_ISSUE_PAYLOAD = 18,
    PENDING_TIMEOUT_AWAITING_SOCKS_GREETING_REPLY = 19,
    PENDING_TIMEOUT_AWAITING_SOCKS_CONNECT_REPLY = 20,
    PENDING_TIMEOUT_AWAITING_SOCKS_AUTH_REPLY = 21,
    PENDING_TIMEOUT_KILLED_BY_SSL_INFO = 22,
    PENDING_TIMEOUT_KILLED_BY_PARENT = 23,
    PENDING_TIMEOUT_CLOSE_SEND = 24,
    PENDING_TIMEOUT_HOLDING_AH = 25,
    PENDING_TIMEOUT_UDP_IDLE = 26,
    PENDING_TIMEOUT_CLIENT_CONN_IDLE = 27,
    PENDING_TIMEOUT_LAGGING = 28,
    PENDING_TIMEOUT_THREADPOOL = 29,
    PENDING_TIMEOUT_THREADPOOL_TASK = 30,
    PENDING_TIMEOUT_KILLED_BY_PROXY_CLIENT_CLOSE = 31,
    PENDING_TIMEOUT_USER_OK = 32,
    PENDING_TIMEOUT_USER_REASON_BASE = 1000
};

/* For `secs` of lws_set_timeout: end the connection out of the next lws_service, or at once. */
#define LWS_TO_KILL_ASYNC (-1)
#define LWS_TO_KILL_SYNC  (-2)

/* One LWS_CALLBACK_TIMER, `usecs` from now. Set anew, it is moved; LWS_SET_TIMER_USEC_CANCEL takes it back. */
void lws_set_timer_usecs(struct lws *wsi, lws_usec_t usecs);

/*
 * Ends the connection after `secs` seconds, unless the timeout is set anew before. 0 cancels it. LWS_TO_KILL_SYNC must not be used
 * on the connection whose callback is running.
 */
void lws_set_timeout(struct lws *wsi, enum pending_timeout reason, int secs);
void lws_set_timeout_us(struct lws *wsi, enum pending_timeout reason, lws_usec_t us);

#define lws_wsi_close(wsi, to_kill) lws_set_timeout(wsi, NO_PENDING_TIMEOUT, to_kill)

/* ---- Retry and validity -------------------------------------------------------------------------------- */

#define LWS_RETRY_CONCEAL_ALWAYS 0xffff

/* When to try again, and when to doubt that a connection lives. */
typedef struct lws_retry_bo {
    /* Milliseconds before the first, second ... attempt; the last is used for all further ones. */
    const uint32_t *retry_ms_table;
    uint16_t retry_ms_table_count;
    /* Attempts after which nothing is scheduled any more. */
    uint16_t conceal_count;
    /* Seconds without a sign of life after which a WebSocket is pinged, and ended. */
    uint16_t secs_since_valid_ping;
    uint16_t secs_since_valid_hangup;
    /* At most so much is added at random; 0 means 30. */
    uint8_t jitter_percent;
} lws_retry_bo_t;

/* The delay before attempt number `*ctry`, which is counted up. `*conceal`: whether to try at all. */
unsigned int lws_retry_get_delay_ms(struct lws_context *context, const lws_retry_bo_t *retry, uint16_t *ctry,
                                    char *conceal);

/* Schedules the next attempt: 0, or 1 when there were enough of them. */
int lws_retry_sul_schedule(struct lws_context *context, int tid, lws_sorted_usec_list_t *sul,
                           const lws_retry_bo_t *retry, sul_cb_t cb, uint16_t *ctry);

/* The same by the policy of a connection. */
int lws_retry_sul_schedule_retry_wsi(struct lws *wsi, lws_sorted_usec_list_t *sul, sul_cb_t cb, uint16_t *ctry);

/* The application knows that the peer lives. */
void lws_validity_confirmed(struct lws *wsi);

LWS_C_END

#endif

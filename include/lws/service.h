/* The loop. */
#ifndef LWS_SERVICE_H
#define LWS_SERVICE_H

#include "base.h"
#ifdef __linux__
#include <poll.h>
#define LWS_POLLHUP (POLLHUP | POLLERR)
#define LWS_POLLIN  POLLIN
#define LWS_POLLOUT POLLOUT
#else
/* As lwIP has them. */
#define LWS_POLLHUP (0x200 | 0x4)
#define LWS_POLLIN  0x1
#define LWS_POLLOUT 0x2
#endif

LWS_C_BEGIN

/*
 * Does what there is to do, callbacks and timers among it; waits for something first, `timeout_ms` at the longest. 0 waits
 * briefly, so that a loop around it is no busy loop; a negative number waits without limit. Not 0 when the context is being
 * destroyed.
 */
int lws_service(struct lws_context *context, int timeout_ms);
int lws_service_tsi(struct lws_context *context, int timeout_ms, int tsi);

/*
 * From any thread: ends the wait of lws_service, and has every protocol called with LWS_CALLBACK_EVENT_WAIT_CANCELLED. Several
 * calls may become one.
 */
void lws_cancel_service(struct lws_context *context);
void lws_cancel_service_pt(struct lws *wsi);

/*
 * For loops of the application's own around poll(): there are no descriptors to poll here, and whatever `pollfd` says, this does what there
 * is to do without waiting, as lws_service does.
 */
#ifdef __linux__
#define lws_pollfd pollfd
#else
struct lws_pollfd {
    lws_sockfd_type fd;
    short events;
    short revents;
};
#endif
typedef struct lws_pollfd lws_pollfd_t;
int lws_service_fd(struct lws_context *context, lws_pollfd_t *pollfd);
int lws_service_fd_tsi(struct lws_context *context, lws_pollfd_t *pollfd, int tsi);

/* What callbacks about descriptors get as `in`, which never come. */
struct lws_pollargs {
    lws_sockfd_type fd;
    int events;
    int prev_events;
};

/* How long lws_service would wait at the longest. */
int lws_service_adjust_timeout(struct lws_context *context, int timeout_ms, int tsi);

LWS_C_END

#endif

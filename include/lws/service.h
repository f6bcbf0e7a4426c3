/* The loop. */
#ifndef LWS_SERVICE_H
#define LWS_SERVICE_H

#include "base.h"

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

/* How long lws_service would wait at the longest. */
int lws_service_adjust_timeout(struct lws_context *context, int timeout_ms, int tsi);

LWS_C_END

#endif

/* What C calls of the Rust half. */
#ifndef THERMOMETER_H
#define THERMOMETER_H

#include <libwebsockets.h>

/* Adds the page /reading and the WebSocket /live to the port that the context listens on. Not 0: it could not. */
int thermometer_begin(struct lws_context *context, uint16_t port);

/* Tells everybody at /live, in tenths of a degree; how many that are. */
int thermometer_measured(struct lws_context *context, int tenths);

#endif

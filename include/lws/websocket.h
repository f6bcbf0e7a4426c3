/* Frames, closing, extensions. */
#ifndef LWS_WEBSOCKET_H
#define LWS_WEBSOCKET_H

#include "base.h"
#include "callback.h"

LWS_C_BEGIN

/* ---- About what LWS_CALLBACK_RECEIVE got --------------------------------------------------------------- */

/* Whether it begins its message, and ends it. */
int lws_is_first_fragment(struct lws *wsi);
int lws_is_final_fragment(struct lws *wsi);

/* Bytes of the current frame that are still to come. */
size_t lws_remaining_packet_payload(struct lws *wsi);

/* Whether its message is binary. */
int lws_frame_is_binary(struct lws *wsi);
unsigned char lws_get_reserved_bits(struct lws *wsi);

/* ---- Closing ------------------------------------------------------------------------------------------- */

/* Close codes (RFC 6455 section 7.4). */
enum lws_close_status {
    LWS_CLOSE_STATUS_NOSTATUS = 0,
    LWS_CLOSE_STATUS_NORMAL = 1000,
    LWS_CLOSE_STATUS_GOINGAWAY = 1001,
    LWS_CLOSE_STATUS_PROTOCOL_ERR = 1002,
    LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE = 1003,
    LWS_CLOSE_STATUS_RESERVED = 1004,
    LWS_CLOSE_STATUS_NO_STATUS = 1005,
    LWS_CLOSE_STATUS_ABNORMAL_CLOSE = 1006,
    LWS_CLOSE_STATUS_INVALID_PAYLOAD = 1007,
    LWS_CLOSE_STATUS_POLICY_VIOLATION = 1008,
    LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE = 1009,
    LWS_CLOSE_STATUS_EXTENSION_REQUIRED = 1010,
    LWS_CLOSE_STATUS_UNEXPECTED_CONDITION = 1011,
    LWS_CLOSE_STATUS_TLS_FAILURE = 1015,
    LWS_CLOSE_STATUS_CLIENT_TRANSACTION_DONE = 2000,
    LWS_CLOSE_STATUS_NOSTATUS_CONTEXT_DESTROY = 9999
};

/*
 * Sets code and text of the Close frame that is sent when the callback then returns not 0. At most 123 bytes of text.
 */
void lws_close_reason(struct lws *wsi, enum lws_close_status status, unsigned char *buf, size_t len);

/* What lws_close_reason has set, code and text as they are sent. */
int lws_get_close_length(struct lws *wsi);
unsigned char *lws_get_close_payload(struct lws *wsi);

/* ---- Extensions: none are spoken ------------------------------------------------------------------------ */

enum lws_extension_callback_reasons {
    LWS_EXT_CB_CONSTRUCT = 4,
    LWS_EXT_CB_CLIENT_CONSTRUCT = 5,
    LWS_EXT_CB_DESTROY = 8,
    LWS_EXT_CB_PACKET_TX_PRESEND = 12,
    LWS_EXT_CB_PAYLOAD_TX = 21,
    LWS_EXT_CB_PAYLOAD_RX = 22,
    LWS_EXT_CB_OPTION_DEFAULT = 23,
    LWS_EXT_CB_OPTION_SET = 24,
    LWS_EXT_CB_OPTION_CONFIRM = 25,
    LWS_EXT_CB_NAMED_OPTION_SET = 26
};

typedef int lws_extension_callback_function(struct lws_context *context, const struct lws_extension *ext,
                                            struct lws *wsi, enum lws_extension_callback_reasons reason, void *user,
                                            void *in, size_t len);

struct lws_extension {
    const char *name;
    lws_extension_callback_function *callback;
    const char *client_offer;
};

int lws_extension_callback_pm_deflate(struct lws_context *context, const struct lws_extension *ext, struct lws *wsi,
                                      enum lws_extension_callback_reasons reason, void *user, void *in, size_t len);

LWS_C_END

#endif

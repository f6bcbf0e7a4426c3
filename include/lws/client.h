/* Connecting to servers. */
#ifndef LWS_CLIENT_H
#define LWS_CLIENT_H

#include "base.h"
#include "log.h"
#include "time.h"

LWS_C_BEGIN

/* For `ssl_connection`, one bit each. */
enum lws_client_connect_ssl_connection_flags {
    LCCSCF_USE_SSL = 0x1,
    LCCSCF_ALLOW_SELFSIGNED = 0x2,
    LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK = 0x4,
    LCCSCF_ALLOW_EXPIRED = 0x8,
    LCCSCF_ALLOW_INSECURE = 0x10,
    LCCSCF_H2_QUIRK_NGHTTP2_END_STREAM = 0x20,
    LCCSCF_H2_QUIRK_OVERFLOWS_TXCR = 0x40,
    LCCSCF_H2_AUTH_BEARER = 0x80,
    LCCSCF_H2_HEXIFY_AUTH_TOKEN = 0x100,
    LCCSCF_H2_MANUAL_RXFLOW = 0x200,
    LCCSCF_HTTP_MULTIPART_MIME = 0x400,
    LCCSCF_HTTP_X_WWW_FORM_URLENCODED = 0x800,
    LCCSCF_HTTP_NO_FOLLOW_REDIRECT = 0x1000,
    LCCSCF_PIPELINE = 0x10000,
    LCCSCF_MUXABLE_STREAM = 0x20000,
    LCCSCF_H2_PRIOR_KNOWLEDGE = 0x40000,
    LCCSCF_WAKE_SUSPEND__VALIDITY = 0x80000,
    LCCSCF_PRIORITIZE_READS = 0x100000,
    LCCSCF_SECSTREAM_CLIENT = 0x200000,
    LCCSCF_SECSTREAM_PROXY_LINK = 0x400000,
    LCCSCF_SECSTREAM_PROXY_ONWARD = 0x800000,
    LCCSCF_IP_LOW_LATENCY = 0x1000000,
    LCCSCF_IP_HIGH_THROUGHPUT = 0x2000000,
    LCCSCF_IP_HIGH_RELIABILITY = 0x4000000,
    LCCSCF_IP_LOW_COST = 0x8000000,
    LCCSCF_CONMON = 0x10000000,
    LCCSCF_ACCEPT_TLS_DOWNGRADE_REDIRECTS = 0x20000000,
    LCCSCF_CACHE_COOKIES = 0x40000000
};

/* Where to connect, and as what. Zeroed first; strings are copied. Members without a word are not read. */
struct lws_client_connect_info {
    struct lws_context *context;
    /* A name or an address. */
    const char *address;
    int port;
    /* LCCSCF_..., 0 for a plain connection. */
    int ssl_connection;
    const char *path;
    /* The Host field, and the name that a certificate must be for. */
    const char *host;
    /* The Origin field, or NULL. */
    const char *origin;
    /* The WebSocket subprotocol, or NULL. */
    const char *protocol;
    int ietf_version_or_minus_one;
    /* `user` of the callbacks, in place of per_session_data_size bytes. */
    void *userdata;
    const void *client_exts;
    /* "GET", "POST" ...: an HTTP client; NULL: a WebSocket client. */
    const char *method;
    struct lws *parent_wsi;
    const char *uri_replace_from;
    const char *uri_replace_to;
    /* NULL: the first one. */
    struct lws_vhost *vhost;
    /* Where the connection is kept, before the first callback; NULL there when the call fails. */
    struct lws **pwsi;
    const char *iface;
    /* The protocol whose callback serves the connection; NULL: that of `protocol`, or the first. */
    const char *local_protocol_name;
    const char *alpn;
    struct lws_sequencer *seq;
    void *opaque_user_data;
    const lws_retry_bo_t *retry_and_idle_policy;
    int manual_initial_tx_credit;
    uint8_t sys_tls_client_cert;
    uint8_t priority;
    void *mqtt_cp;
    const char *fi_wsi_name;
    uint16_t keep_warm_secs;
    lws_log_cx_t *log_cx;
    void *_unused[4];
};

/* Begins to connect. NULL when that fails at once; later failures are LWS_CALLBACK_CLIENT_CONNECTION_ERROR. */
struct lws *lws_client_connect_via_info(const struct lws_client_connect_info *ccinfo);

/* The status of the response. */
unsigned int lws_http_client_http_response(struct lws *wsi);

#define lws_http_client_http_resp_is_error(code) (!(code < 400))

/*
 * Reads what was received of a response's body: LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ comes from within. `*buf` has LWS_PRE bytes
 * in front of it.
 */
int lws_http_client_read(struct lws *wsi, char **buf, int *len);

/* Whether a request's body is still to be sent: 1 in APPEND_HANDSHAKE_HEADER, 0 before the last piece. */
void lws_client_http_body_pending(struct lws *wsi, int something_left_to_send);

/* Writes what stands in front of a part of a multipart body; all NULL: what ends it. */
int lws_client_http_multipart(struct lws *wsi, const char *name, const char *filename, const char *content_type,
                              char **p, char *end);

/* Whether a redirection has made the request a GET. */
int lws_http_is_redirected_to_get(struct lws *wsi);

LWS_C_END

#endif

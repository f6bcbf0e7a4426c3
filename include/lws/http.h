/* Status codes, request fields, responses. */
#ifndef LWS_HTTP_H
#define LWS_HTTP_H

#include "base.h"
#include "context.h"

LWS_C_BEGIN

enum http_status {
    HTTP_STATUS_CONTINUE = 100,
    HTTP_STATUS_OK = 200,
    HTTP_STATUS_NO_CONTENT = 204,
    HTTP_STATUS_PARTIAL_CONTENT = 206,
    HTTP_STATUS_MOVED_PERMANENTLY = 301,
    HTTP_STATUS_FOUND = 302,
    HTTP_STATUS_SEE_OTHER = 303,
    HTTP_STATUS_NOT_MODIFIED = 304,
    HTTP_STATUS_BAD_REQUEST = 400,
    HTTP_STATUS_UNAUTHORIZED = 401,
    HTTP_STATUS_PAYMENT_REQUIRED = 402,
    HTTP_STATUS_FORBIDDEN = 403,
    HTTP_STATUS_NOT_FOUND = 404,
    HTTP_STATUS_METHOD_NOT_ALLOWED = 405,
    HTTP_STATUS_NOT_ACCEPTABLE = 406,
    HTTP_STATUS_PROXY_AUTH_REQUIRED = 407,
    HTTP_STATUS_REQUEST_TIMEOUT = 408,
    HTTP_STATUS_CONFLICT = 409,
    HTTP_STATUS_GONE = 410,
    HTTP_STATUS_LENGTH_REQUIRED = 411,
    HTTP_STATUS_PRECONDITION_FAILED = 412,
    HTTP_STATUS_REQ_ENTITY_TOO_LARGE = 413,
    HTTP_STATUS_REQ_URI_TOO_LONG = 414,
    HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE = 415,
    HTTP_STATUS_REQ_RANGE_NOT_SATISFIABLE = 416,
    HTTP_STATUS_EXPECTATION_FAILED = 417,
    HTTP_STATUS_INTERNAL_SERVER_ERROR = 500,
    HTTP_STATUS_NOT_IMPLEMENTED = 501,
    HTTP_STATUS_BAD_GATEWAY = 502,
    HTTP_STATUS_SERVICE_UNAVAILABLE = 503,
    HTTP_STATUS_GATEWAY_TIMEOUT = 504,
    HTTP_STATUS_HTTP_VERSION_NOT_SUPPORTED = 505
};

/* ---- The request --------------------------------------------------------------------------------------- */

/*
 * What lws_hdr_copy and its kin can be asked for. The ..._URI of the request's method is its path, decoded;
 * WSI_TOKEN_HTTP_URI_ARGS its query.
 */
enum lws_token_indexes {
    WSI_TOKEN_GET_URI = 0,
    WSI_TOKEN_POST_URI = 1,
    WSI_TOKEN_OPTIONS_URI = 2,
    WSI_TOKEN_HOST = 3,
    WSI_TOKEN_CONNECTION = 4,
    WSI_TOKEN_UPGRADE = 5,
    WSI_TOKEN_ORIGIN = 6,
    WSI_TOKEN_DRAFT = 7,
    WSI_TOKEN_CHALLENGE = 8,
    WSI_TOKEN_EXTENSIONS = 9,
    WSI_TOKEN_KEY1 = 10,
    WSI_TOKEN_KEY2 = 11,
    WSI_TOKEN_PROTOCOL = 12,
    WSI_TOKEN_ACCEPT = 13,
    WSI_TOKEN_NONCE = 14,
    WSI_TOKEN_HTTP = 15,
    WSI_TOKEN_HTTP_ACCEPT = 16,
    WSI_TOKEN_HTTP_AC_REQUEST_HEADERS = 17,
    WSI_TOKEN_HTTP_IF_MODIFIED_SINCE = 18,
    WSI_TOKEN_HTTP_IF_NONE_MATCH = 19,
    WSI_TOKEN_HTTP_ACCEPT_ENCODING = 20,
    WSI_TOKEN_HTTP_ACCEPT_LANGUAGE = 21,
    WSI_TOKEN_HTTP_PRAGMA = 22,
    WSI_TOKEN_HTTP_CACHE_CONTROL = 23,
    WSI_TOKEN_HTTP_AUTHORIZATION = 24,
    WSI_TOKEN_HTTP_COOKIE = 25,
    WSI_TOKEN_HTTP_CONTENT_LENGTH = 26,
    WSI_TOKEN_HTTP_CONTENT_TYPE = 27,
    WSI_TOKEN_HTTP_DATE = 28,
    WSI_TOKEN_HTTP_RANGE = 29,
    WSI_TOKEN_HTTP_REFERER = 30,
    WSI_TOKEN_KEY = 31,
    WSI_TOKEN_VERSION = 32,
    WSI_TOKEN_SWORIGIN = 33,
    WSI_TOKEN_HTTP_ACCEPT_CHARSET = 34,
    WSI_TOKEN_HTTP_ACCEPT_RANGES = 35,
    WSI_TOKEN_HTTP_ACCESS_CONTROL_ALLOW_ORIGIN = 36,
    WSI_TOKEN_HTTP_AGE = 37,
    WSI_TOKEN_HTTP_ALLOW = 38,
    WSI_TOKEN_HTTP_CONTENT_DISPOSITION = 39,
    WSI_TOKEN_HTTP_CONTENT_ENCODING = 40,
    WSI_TOKEN_HTTP_CONTENT_LANGUAGE = 41,
    WSI_TOKEN_HTTP_CONTENT_LOCATION = 42,
    WSI_TOKEN_HTTP_CONTENT_RANGE = 43,
    WSI_TOKEN_HTTP_ETAG = 44,
    WSI_TOKEN_HTTP_EXPECT = 45,
    WSI_TOKEN_HTTP_EXPIRES = 46,
    WSI_TOKEN_HTTP_FROM = 47,
    WSI_TOKEN_HTTP_IF_MATCH = 48,
    WSI_TOKEN_HTTP_IF_RANGE = 49,
    WSI_TOKEN_HTTP_IF_UNMODIFIED_SINCE = 50,
    WSI_TOKEN_HTTP_LAST_MODIFIED = 51,
    WSI_TOKEN_HTTP_LINK = 52,
    WSI_TOKEN_HTTP_LOCATION = 53,
    WSI_TOKEN_HTTP_MAX_FORWARDS = 54,
    WSI_TOKEN_HTTP_PROXY_AUTHENTICATE = 55,
    WSI_TOKEN_HTTP_PROXY_AUTHORIZATION = 56,
    WSI_TOKEN_HTTP_REFRESH = 57,
    WSI_TOKEN_HTTP_RETRY_AFTER = 58,
    WSI_TOKEN_HTTP_SERVER = 59,
    WSI_TOKEN_HTTP_SET_COOKIE = 60,
    WSI_TOKEN_HTTP_STRICT_TRANSPORT_SECURITY = 61,
    WSI_TOKEN_HTTP_TRANSFER_ENCODING = 62,
    WSI_TOKEN_HTTP_USER_AGENT = 63,
    WSI_TOKEN_HTTP_VARY = 64,
    WSI_TOKEN_HTTP_VIA = 65,
    WSI_TOKEN_HTTP_WWW_AUTHENTICATE = 66,
    WSI_TOKEN_PATCH_URI = 67,
    WSI_TOKEN_PUT_URI = 68,
    WSI_TOKEN_DELETE_URI = 69,
    WSI_TOKEN_HTTP_URI_ARGS = 70,
    WSI_TOKEN_PROXY = 71,
    WSI_TOKEN_HTTP_X_REAL_IP = 72,
    WSI_TOKEN_HTTP1_0 = 73,
    WSI_TOKEN_X_FORWARDED_FOR = 74,
    WSI_TOKEN_CONNECT = 75,
    WSI_TOKEN_HEAD_URI = 76,
    WSI_TOKEN_TE = 77,
    WSI_TOKEN_REPLAY_NONCE = 78,
    WSI_TOKEN_X_AUTH_TOKEN = 79,
    WSI_TOKEN_DSS_SIGNATURE = 80,
    _WSI_TOKEN_CLIENT_SENT_PROTOCOLS = 81,
    _WSI_TOKEN_CLIENT_PEER_ADDRESS = 82,
    _WSI_TOKEN_CLIENT_URI = 83,
    _WSI_TOKEN_CLIENT_HOST = 84,
    _WSI_TOKEN_CLIENT_ORIGIN = 85,
    _WSI_TOKEN_CLIENT_METHOD = 86,
    _WSI_TOKEN_CLIENT_IFACE = 87,
    _WSI_TOKEN_CLIENT_ALPN = 88,
    WSI_TOKEN_COUNT = 89,
    WSI_TOKEN_NAME_PART = 90,
    WSI_TOKEN_UNKNOWN_VALUE_PART = 91,
    WSI_TOKEN_SKIPPING = 92,
    WSI_TOKEN_SKIPPING_SAW_CR = 93,
    WSI_PARSING_COMPLETE = 94,
    WSI_INIT_TOKEN_MUXURL = 95
};

struct lws_token_limits {
    unsigned short token_limit[WSI_TOKEN_COUNT];
};

/* "host:" and so on; NULL for what is no field. */
const unsigned char *lws_token_to_string(enum lws_token_indexes token);

/* Length without the zero byte; 0 when the request has none, or is over. */
int lws_hdr_total_length(struct lws *wsi, enum lws_token_indexes h);

/* Copies, with a zero byte; several lines are joined by commas. Returns the length, 0 without such a field, -1 without room. */
int lws_hdr_copy(struct lws *wsi, char *dest, int len, enum lws_token_indexes h);

/* One of several: `name=value` number `frag_idx` of WSI_TOKEN_HTTP_URI_ARGS, or a field line. -1 when there is none. */
int lws_hdr_fragment_length(struct lws *wsi, enum lws_token_indexes h, int frag_idx);
int lws_hdr_copy_fragment(struct lws *wsi, char *dest, int len, enum lws_token_indexes h, int frag_idx);

/* Any field: `name` in lower case, with its colon, which `nlen` counts. -1 when there is none. */
int lws_hdr_custom_length(struct lws *wsi, const char *name, int nlen);
int lws_hdr_custom_copy(struct lws *wsi, char *dst, int len, const char *name, int nlen);

/* Calls `cb` with each field that has no token: its name in lower case, with its colon, which `nlen` counts. -1 when there is no request. */
typedef void (*lws_hdr_custom_fe_cb_t)(const char *name, int nlen, void *opaque);
int lws_hdr_custom_name_foreach(struct lws *wsi, lws_hdr_custom_fe_cb_t cb, void *opaque);

/* The value of an argument of the query, decoded; -1 or NULL when there is none. `name` may end with '='. */
int lws_get_urlarg_by_name_safe(struct lws *wsi, const char *name, char *buf, int len);
const char *lws_get_urlarg_by_name(struct lws *wsi, const char *name, char *buf, int len);

/* A cookie: 0 and its length in `*max`, or 1. */
int lws_http_cookie_get(struct lws *wsi, const char *name, char *buf, size_t *max);

enum {
    LWSHUMETH_GET = 0,
    LWSHUMETH_POST = 1,
    LWSHUMETH_OPTIONS = 2,
    LWSHUMETH_PUT = 3,
    LWSHUMETH_PATCH = 4,
    LWSHUMETH_DELETE = 5,
    LWSHUMETH_CONNECT = 6,
    LWSHUMETH_HEAD = 7,
    LWSHUMETH_COLON_PATH = 8
};

/* The method, as LWSHUMETH_..., and the path; -1 when there is no request. */
int lws_http_get_uri_and_method(struct lws *wsi, char **puri_ptr, int *puri_len);

/* ---- The response -------------------------------------------------------------------------------------- */

#define LWS_ILLEGAL_HTTP_CONTENT_LEN ((lws_filepos_t)-1ll)
#define LWS_RECOMMENDED_MIN_HEADER_SPACE 2048

#define LWSAHH_CODE_MASK 0xffff
#define LWSAHH_FLAG_NO_SERVER_NAME (1 << 30)

/* A whole response: a small page with the status and `html_body`, which may be NULL. 0 when it was sent. */
int lws_return_http_status(struct lws *wsi, unsigned int code, const char *html_body);

/*
 * The head of a response, piece by piece: each writes at `*p`, moves it, and returns 0, or 1 when there is no room before `end`.
 * lws_add_http_common_headers is status, type and length in one; without a type or with LWS_ILLEGAL_HTTP_CONTENT_LEN as length
 * these are left out.
 */
int lws_add_http_header_status(struct lws *wsi, unsigned int code, unsigned char **p, unsigned char *end);
int lws_add_http_header_by_name(struct lws *wsi, const unsigned char *name, const unsigned char *value, int length,
                                unsigned char **p, unsigned char *end);
int lws_add_http_header_by_token(struct lws *wsi, enum lws_token_indexes token, const unsigned char *value, int length,
                                 unsigned char **p, unsigned char *end);
int lws_add_http_header_content_length(struct lws *wsi, lws_filepos_t content_length, unsigned char **p,
                                       unsigned char *end);
int lws_add_http_common_headers(struct lws *wsi, unsigned int code, const char *content_type, lws_filepos_t content_len,
                                unsigned char **p, unsigned char *end);

/* Ends the head; the second one sends it as well, from `start` on. */
int lws_finalize_http_header(struct lws *wsi, unsigned char **p, unsigned char *end);
int lws_finalize_write_http_header(struct lws *wsi, unsigned char *start, unsigned char **p, unsigned char *end);

/* Sends a redirection to `loc`, made at `*p`. Bytes sent, or a negative number. */
int lws_http_redirect(struct lws *wsi, int code, const unsigned char *loc, int len, unsigned char **p,
                      unsigned char *end);

/* The response is complete. Not 0: return -1 now, for the connection ends. `user` is another from here. */
int lws_http_transaction_completed(struct lws *wsi);
int lws_raw_transaction_completed(struct lws *wsi);

/* 0: nothing is run for a request. */
int lws_is_cgi(struct lws *wsi);

/* The response is a stream of events: it may take any time. */
int lws_http_mark_sse(struct lws *wsi);

/* Forgets the request's fields before the end of the request, to save memory. */
int lws_http_headers_detach(struct lws *wsi);

/*
 * The whole response is a file: one of `wm_rom_files`, on a host also one of its disk, and 404 when there is none. Without `content_type`
 * its name decides; `other_headers` are field lines, each with its line break. 0: it is on its way, and LWS_CALLBACK_HTTP_FILE_COMPLETION
 * follows; -1: it cannot be sent. Nobody needs to call the second one.
 */
int lws_serve_http_file(struct lws *wsi, const char *file, const char *content_type, const char *other_headers,
                        int other_headers_len);
int lws_serve_http_file_fragment(struct lws *wsi);

/* Dates of HTTP: "Sun, 06 Nov 1994 08:49:37 GMT" and Unix time. 0, or -1 without room or for anything else. */
int lws_http_date_render_from_unix(char *buf, size_t len, const time_t *t);
int lws_http_date_parse_unix(const char *b, size_t len, time_t *t);

/*
 * The server's Retry-After field, seconds or a date: makes `*us_interval_in_out` (microseconds) longer if it asks for that. 0; or 1 when there
 * is no such field, or it cannot be understood.
 */
int lws_http_check_retry_after(struct lws *wsi, lws_usec_t *us_interval_in_out);

/* The media type of a file by its name, NULL when it is not known. */
const char *lws_get_mimetype(const char *file, const struct lws_http_mount *m);

/* "Basic ..." for an Authorization field. 0, or 1 without room. */
int lws_http_basic_auth_gen(const char *user, const char *pw, char *buf, size_t len);

LWS_C_END

#endif

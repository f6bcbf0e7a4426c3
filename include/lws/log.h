/* Log lines, levels, the firmware's own sink. */
#ifndef LWS_LOG_H
#define LWS_LOG_H

#include "base.h"

LWS_C_BEGIN

/* Levels: one bit each. */
#define LLL_ERR     (1 << 0)
#define LLL_WARN    (1 << 1)
#define LLL_NOTICE  (1 << 2)
#define LLL_INFO    (1 << 3)
#define LLL_DEBUG   (1 << 4)
#define LLL_PARSER  (1 << 5)
#define LLL_HEADER  (1 << 6)
#define LLL_EXT     (1 << 7)
#define LLL_CLIENT  (1 << 8)
#define LLL_LATENCY (1 << 9)
#define LLL_USER    (1 << 10)
#define LLL_THREAD  (1 << 11)
#define LLL_COUNT   12

#define LLLF_SECRECY_PII       (1 << 16)
#define LLLF_SECRECY_BEARER    (1 << 17)
#define LLLF_LOG_TIMESTAMP     (1 << 18)
#define LLLF_LOG_CONTEXT_AWARE (1 << 30)

/* The levels whose lwsl_ macros are compiled in. */
#ifndef _LWS_ENABLED_LOGS
#define _LWS_ENABLED_LOGS (LLL_ERR | LLL_WARN | LLL_NOTICE | LLL_USER)
#endif

/* Takes one line, with its line end and a zero byte behind it. */
typedef void (*lws_log_emit_t)(int level, const char *line);

typedef struct lws_log_cx lws_log_cx_t;
typedef void (*lws_log_emit_cx_t)(struct lws_log_cx *cx, int level, const char *line, size_t len);
typedef void (*lws_log_prepend_cx_t)(struct lws_log_cx *cx, void *obj, char **p, char *e);
typedef void (*lws_log_use_cx_t)(struct lws_log_cx *cx, int _new);

/* A log of its own for one context. Accepted and not used: all lines go where lws_set_log_level says. */
struct lws_log_cx {
    union {
        lws_log_emit_t emit;
        lws_log_emit_cx_t emit_cx;
    } u;
    lws_log_use_cx_t refcount_cb;
    lws_log_prepend_cx_t prepend;
    struct lws_log_cx *parent;
    void *opaque;
    void *stg;
    uint32_t lll_flags;
    int32_t refcount;
};

/*
 * Sets which levels are logged, and where to: NULL keeps the sink, which is stderr or the platform's log at first. The lines of
 * the library itself come the same way.
 */
void lws_set_log_level(int level, lws_log_emit_t log_emit_function);

/* Whether lines of this level are logged. */
int lwsl_visible(int level);

/* Sinks to give to lws_set_log_level. */
void lwsl_emit_stderr(int level, const char *line);
void lwsl_emit_stderr_notimestamp(int level, const char *line);
void lwsl_emit_syslog(int level, const char *line);

/* Writes what stands in front of a line, time and level; returns its length. */
int lwsl_timestamp(int level, char *p, size_t len);

/* One line, of at most 255 characters; a line end is appended where it misses. */
void _lws_log(int filter, const char *format, ...) LWS_FORMAT(2);
void _lws_logv(int filter, const char *format, va_list vl);

/* Bytes in hexadecimal, 16 a line. */
void lwsl_hexdump_level(int level, const void *vbuf, size_t len);
void lwsl_hexdump(const void *buf, size_t len);

#define LWS_LOG_(bit, ...) _lws_log(bit, __VA_ARGS__)
#define LWS_NO_LOG_(...) ((void)0)

#define lwsl_err(...) LWS_LOG_(LLL_ERR, __VA_ARGS__)
#define lwsl_user(...) LWS_LOG_(LLL_USER, __VA_ARGS__)
#if (_LWS_ENABLED_LOGS & LLL_WARN)
#define lwsl_warn(...) LWS_LOG_(LLL_WARN, __VA_ARGS__)
#else
#define lwsl_warn(...) LWS_NO_LOG_()
#endif
#if (_LWS_ENABLED_LOGS & LLL_NOTICE)
#define lwsl_notice(...) LWS_LOG_(LLL_NOTICE, __VA_ARGS__)
#else
#define lwsl_notice(...) LWS_NO_LOG_()
#endif
#if (_LWS_ENABLED_LOGS & LLL_INFO)
#define lwsl_info(...) LWS_LOG_(LLL_INFO, __VA_ARGS__)
#else
#define lwsl_info(...) LWS_NO_LOG_()
#endif
#if (_LWS_ENABLED_LOGS & LLL_DEBUG)
#define lwsl_debug(...) LWS_LOG_(LLL_DEBUG, __VA_ARGS__)
#else
#define lwsl_debug(...) LWS_NO_LOG_()
#endif
#define lwsl_parser(...) LWS_NO_LOG_()
#define lwsl_header(...) LWS_NO_LOG_()
#define lwsl_ext(...) LWS_NO_LOG_()
#define lwsl_client(...) LWS_NO_LOG_()
#define lwsl_latency(...) LWS_NO_LOG_()
#define lwsl_thread(...) LWS_NO_LOG_()

#define lwsl_hexdump_err(buf, len) lwsl_hexdump_level(LLL_ERR, buf, len)
#define lwsl_hexdump_warn(buf, len) lwsl_hexdump_level(LLL_WARN, buf, len)
#define lwsl_hexdump_notice(buf, len) lwsl_hexdump_level(LLL_NOTICE, buf, len)
#define lwsl_hexdump_info(buf, len) lwsl_hexdump_level(LLL_INFO, buf, len)
#define lwsl_hexdump_debug(buf, len) lwsl_hexdump_level(LLL_DEBUG, buf, len)

/* ---- The same, about an object, whose name stands in front of the line ---------------------------------- */

void _lws_log_cx(lws_log_cx_t *cx, lws_log_prepend_cx_t prep, void *obj, int filter, const char *_fun,
                 const char *format, ...) LWS_FORMAT(6);
void lwsl_hexdump_level_cx(lws_log_cx_t *cx, lws_log_prepend_cx_t prep, void *obj, int hexdump_level, const void *vbuf,
                           size_t len);

/* Write the name at `*p`, before `e`, and move `*p` behind it. */
void lws_log_prepend_context(struct lws_log_cx *cx, void *obj, char **p, char *e);
void lws_log_prepend_vhost(struct lws_log_cx *cx, void *obj, char **p, char *e);
void lws_log_prepend_wsi(struct lws_log_cx *cx, void *obj, char **p, char *e);

#define lwsl_cx(object, filter, ...) \
    _lws_log_cx(NULL, lws_log_prepend_context, object, filter, __func__, __VA_ARGS__)
#define lwsl_vhost(object, filter, ...) \
    _lws_log_cx(NULL, lws_log_prepend_vhost, object, filter, __func__, __VA_ARGS__)
#define lwsl_wsi(object, filter, ...) \
    _lws_log_cx(NULL, lws_log_prepend_wsi, object, filter, __func__, __VA_ARGS__)
#define lwsl_hexdump_context(object, level, buf, len) \
    lwsl_hexdump_level_cx(NULL, lws_log_prepend_context, object, level, buf, len)
#define lwsl_hexdump_vhost(object, level, buf, len) \
    lwsl_hexdump_level_cx(NULL, lws_log_prepend_vhost, object, level, buf, len)
#define lwsl_hexdump_wsi(object, level, buf, len) \
    lwsl_hexdump_level_cx(NULL, lws_log_prepend_wsi, object, level, buf, len)

#define lwsl_cx_err(cx, ...) lwsl_cx(cx, LLL_ERR, __VA_ARGS__)
#define lwsl_vhost_err(vhost, ...) lwsl_vhost(vhost, LLL_ERR, __VA_ARGS__)
#define lwsl_wsi_err(wsi, ...) lwsl_wsi(wsi, LLL_ERR, __VA_ARGS__)
#define lwsl_cx_user(cx, ...) lwsl_cx(cx, LLL_USER, __VA_ARGS__)
#define lwsl_vhost_user(vhost, ...) lwsl_vhost(vhost, LLL_USER, __VA_ARGS__)
#define lwsl_wsi_user(wsi, ...) lwsl_wsi(wsi, LLL_USER, __VA_ARGS__)
#if (_LWS_ENABLED_LOGS & LLL_WARN)
#define lwsl_cx_warn(cx, ...) lwsl_cx(cx, LLL_WARN, __VA_ARGS__)
#define lwsl_vhost_warn(vhost, ...) lwsl_vhost(vhost, LLL_WARN, __VA_ARGS__)
#define lwsl_wsi_warn(wsi, ...) lwsl_wsi(wsi, LLL_WARN, __VA_ARGS__)
#else
#define lwsl_cx_warn(cx, ...) LWS_NO_LOG_()
#define lwsl_vhost_warn(vhost, ...) LWS_NO_LOG_()
#define lwsl_wsi_warn(wsi, ...) LWS_NO_LOG_()
#endif
#if (_LWS_ENABLED_LOGS & LLL_NOTICE)
#define lwsl_cx_notice(cx, ...) lwsl_cx(cx, LLL_NOTICE, __VA_ARGS__)
#define lwsl_vhost_notice(vhost, ...) lwsl_vhost(vhost, LLL_NOTICE, __VA_ARGS__)
#define lwsl_wsi_notice(wsi, ...) lwsl_wsi(wsi, LLL_NOTICE, __VA_ARGS__)
#else
#define lwsl_cx_notice(cx, ...) LWS_NO_LOG_()
#define lwsl_vhost_notice(vhost, ...) LWS_NO_LOG_()
#define lwsl_wsi_notice(wsi, ...) LWS_NO_LOG_()
#endif
#if (_LWS_ENABLED_LOGS & LLL_INFO)
#define lwsl_cx_info(cx, ...) lwsl_cx(cx, LLL_INFO, __VA_ARGS__)
#define lwsl_vhost_info(vhost, ...) lwsl_vhost(vhost, LLL_INFO, __VA_ARGS__)
#define lwsl_wsi_info(wsi, ...) lwsl_wsi(wsi, LLL_INFO, __VA_ARGS__)
#else
#define lwsl_cx_info(cx, ...) LWS_NO_LOG_()
#define lwsl_vhost_info(vhost, ...) LWS_NO_LOG_()
#define lwsl_wsi_info(wsi, ...) LWS_NO_LOG_()
#endif
#if (_LWS_ENABLED_LOGS & LLL_DEBUG)
#define lwsl_cx_debug(cx, ...) lwsl_cx(cx, LLL_DEBUG, __VA_ARGS__)
#define lwsl_vhost_debug(vhost, ...) lwsl_vhost(vhost, LLL_DEBUG, __VA_ARGS__)
#define lwsl_wsi_debug(wsi, ...) lwsl_wsi(wsi, LLL_DEBUG, __VA_ARGS__)
#else
#define lwsl_cx_debug(cx, ...) LWS_NO_LOG_()
#define lwsl_vhost_debug(vhost, ...) LWS_NO_LOG_()
#define lwsl_wsi_debug(wsi, ...) LWS_NO_LOG_()
#endif
#define lwsl_cx_parser(cx, ...) LWS_NO_LOG_()
#define lwsl_vhost_parser(vhost, ...) LWS_NO_LOG_()
#define lwsl_wsi_parser(wsi, ...) LWS_NO_LOG_()
#define lwsl_cx_header(cx, ...) LWS_NO_LOG_()
#define lwsl_vhost_header(vhost, ...) LWS_NO_LOG_()
#define lwsl_wsi_header(wsi, ...) LWS_NO_LOG_()
#define lwsl_cx_ext(cx, ...) LWS_NO_LOG_()
#define lwsl_vhost_ext(vhost, ...) LWS_NO_LOG_()
#define lwsl_wsi_ext(wsi, ...) LWS_NO_LOG_()
#define lwsl_cx_client(cx, ...) LWS_NO_LOG_()
#define lwsl_vhost_client(vhost, ...) LWS_NO_LOG_()
#define lwsl_wsi_client(wsi, ...) LWS_NO_LOG_()
#define lwsl_cx_latency(cx, ...) LWS_NO_LOG_()
#define lwsl_vhost_latency(vhost, ...) LWS_NO_LOG_()
#define lwsl_wsi_latency(wsi, ...) LWS_NO_LOG_()
#define lwsl_cx_thread(cx, ...) LWS_NO_LOG_()
#define lwsl_vhost_thread(vhost, ...) LWS_NO_LOG_()
#define lwsl_wsi_thread(wsi, ...) LWS_NO_LOG_()

#define lwsl_hexdump_cx_err(cx, buf, len) lwsl_hexdump_context(cx, LLL_ERR, buf, len)
#define lwsl_hexdump_vhost_err(vhost, buf, len) lwsl_hexdump_vhost(vhost, LLL_ERR, buf, len)
#define lwsl_hexdump_wsi_err(wsi, buf, len) lwsl_hexdump_wsi(wsi, LLL_ERR, buf, len)
#define lwsl_hexdump_cx_warn(cx, buf, len) lwsl_hexdump_context(cx, LLL_WARN, buf, len)
#define lwsl_hexdump_vhost_warn(vhost, buf, len) lwsl_hexdump_vhost(vhost, LLL_WARN, buf, len)
#define lwsl_hexdump_wsi_warn(wsi, buf, len) lwsl_hexdump_wsi(wsi, LLL_WARN, buf, len)
#define lwsl_hexdump_cx_notice(cx, buf, len) lwsl_hexdump_context(cx, LLL_NOTICE, buf, len)
#define lwsl_hexdump_vhost_notice(vhost, buf, len) lwsl_hexdump_vhost(vhost, LLL_NOTICE, buf, len)
#define lwsl_hexdump_wsi_notice(wsi, buf, len) lwsl_hexdump_wsi(wsi, LLL_NOTICE, buf, len)
#define lwsl_hexdump_cx_info(cx, buf, len) lwsl_hexdump_context(cx, LLL_INFO, buf, len)
#define lwsl_hexdump_vhost_info(vhost, buf, len) lwsl_hexdump_vhost(vhost, LLL_INFO, buf, len)
#define lwsl_hexdump_wsi_info(wsi, buf, len) lwsl_hexdump_wsi(wsi, LLL_INFO, buf, len)
#define lwsl_hexdump_cx_debug(cx, buf, len) lwsl_hexdump_context(cx, LLL_DEBUG, buf, len)
#define lwsl_hexdump_vhost_debug(vhost, buf, len) lwsl_hexdump_vhost(vhost, LLL_DEBUG, buf, len)
#define lwsl_hexdump_wsi_debug(wsi, buf, len) lwsl_hexdump_wsi(wsi, LLL_DEBUG, buf, len)

LWS_C_END

#endif

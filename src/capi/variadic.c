/* The functions of the C API that take a variable number of arguments: Rust can call such functions, but not define them. */
#include <libwebsockets.h>

/* Longest line of log, with its zero byte. */
enum { LOG_LINE = 256 };

/* In log.rs: one line, `length` bytes without its line end. */
void wm_capi_log(int level, const char *line, size_t length);

/* What was written of what vsnprintf would have written: never more than the room less its zero byte. */
static size_t written(int length, size_t room) {
    if (length < 0 || room == 0)
        return 0;
    return (size_t)length < room ? (size_t)length : room - 1;
}

int lws_snprintf(char *str, size_t size, const char *format, ...) {
    va_list arguments;
    int length;

    if (!str || !size || !format)
        return 0;
    va_start(arguments, format);
    length = vsnprintf(str, size, format, arguments);
    va_end(arguments);
    /* What was cut off is as long as the room, zero byte included: programs take that for "too long". */
    return length < 0 ? 0 : (size_t)length < size ? length : (int)size;
}

void _lws_logv(int filter, const char *format, va_list vl) {
    char line[LOG_LINE];

    if (format && lwsl_visible(filter))
        wm_capi_log(filter, line, written(vsnprintf(line, sizeof(line), format, vl), sizeof(line)));
}

void _lws_log_cx(lws_log_cx_t *cx, lws_log_prepend_cx_t prep, void *obj, int filter, const char *_fun,
                 const char *format, ...) {
    char line[LOG_LINE], *p = line;
    va_list arguments;
    size_t room;

    (void)_fun;
    if (!format || !lwsl_visible(filter))
        return;
    if (prep)
        prep(cx, obj, &p, line + sizeof(line) - 1);
    room = (size_t)(line + sizeof(line) - p);
    va_start(arguments, format);
    p += written(vsnprintf(p, room, format, arguments), room);
    va_end(arguments);
    wm_capi_log(filter, line, (size_t)(p - line));
}

void _lws_log(int filter, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    _lws_logv(filter, format, arguments);
    va_end(arguments);
}

/* The log: macros that add level, time and tag to the line. */
#pragma once

#include "wmsdk_config.h"

#include <stdint.h>

typedef enum {
    WM_LOG_LEVEL_NONE,
    WM_LOG_LEVEL_ERROR,
    WM_LOG_LEVEL_WARN,
    WM_LOG_LEVEL_INFO,
    WM_LOG_LEVEL_DEBUG,
    WM_LOG_LEVEL_VERBOSE
} wm_log_level_t;

/* Each source may choose its own before it includes this. */
#ifndef LOG_TAG
#define LOG_TAG "NO_TAG"
#endif

uint32_t wm_os_internal_get_time_ms(void);
int wm_log_printf(wm_log_level_t level, const char *tag, const char *format, ...) __attribute__((format(printf, 3, 4)));
int wm_log_set_level(wm_log_level_t level);
wm_log_level_t wm_log_get_level(void);

#if CONFIG_LOG_DEFAULT_LEVEL
#define STAND_IN_LOG(level, fmt, ...) \
    wm_log_printf(level, LOG_TAG, "(%u) %s: " fmt "\r\n", (unsigned)wm_os_internal_get_time_ms(), LOG_TAG, ##__VA_ARGS__)
#define wm_log_error(fmt, ...) STAND_IN_LOG(WM_LOG_LEVEL_ERROR, fmt, ##__VA_ARGS__)
#define wm_log_warn(fmt, ...) STAND_IN_LOG(WM_LOG_LEVEL_WARN, fmt, ##__VA_ARGS__)
#define wm_log_info(fmt, ...) STAND_IN_LOG(WM_LOG_LEVEL_INFO, fmt, ##__VA_ARGS__)
#define wm_log_debug(fmt, ...) STAND_IN_LOG(WM_LOG_LEVEL_DEBUG, fmt, ##__VA_ARGS__)
#else
/* As there: the semicolon is part of the macro. */
#define wm_log_error(fmt, ...) ((void)0);
#define wm_log_warn(fmt, ...) ((void)0);
#define wm_log_info(fmt, ...) ((void)0);
#define wm_log_debug(fmt, ...) ((void)0);
#endif

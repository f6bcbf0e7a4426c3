/*
 * What bindgen reads for the feature wm-iot-sdk: the SDK's headers, and its macros as functions.
 *
 * A function named like a macro is declared with its name in parentheses, which keeps the preprocessor away from it; its body is the
 * macro. So Rust sees the SDK's own names, whatever the configuration makes of them.
 */
#ifndef WM_SYS_WM_IOT_SDK_H
#define WM_SYS_WM_IOT_SDK_H

#include <stddef.h>

#include "wm_error.h"
#include "wm_log.h"
#include "wm_heap.h"
#include "wm_osal.h"
#include "wm_event.h"
#include "wm_ip_addr.h"
#include "wm_nm_api.h"

static inline void *(wm_os_internal_malloc)(size_t size) { return wm_os_internal_malloc(size); }
static inline void *(wm_os_internal_realloc)(void *block, size_t size) { return wm_os_internal_realloc(block, size); }
static inline void (wm_os_internal_free)(void *block) { wm_os_internal_free(block); }

/* A function unless allocations are traced. */
#ifdef wm_os_internal_calloc
static inline void *(wm_os_internal_calloc)(size_t count, size_t size) { return wm_os_internal_calloc(count, size); }
#endif

#endif /* WM_SYS_WM_IOT_SDK_H */

/* The heap, with a choice of memories. -DCONFIG_HEAP_USE_TRACING notes who allocates, and makes macros of two functions. */
#pragma once

#include "wmsdk_config.h"

#include <stddef.h>

typedef enum { WM_HEAP_CAP_DEFAULT = 1 << 0, WM_HEAP_CAP_INTERNAL = 1 << 1 } wm_heap_cap_type_t;

#ifdef CONFIG_HEAP_USE_TRACING
void *wm_heap_caps_alloc_tracing(size_t size, wm_heap_cap_type_t caps, const char *file, int line);
void *wm_heap_caps_realloc_tracing(void *block, size_t size, wm_heap_cap_type_t caps, const char *file, int line);
#define wm_heap_caps_alloc(size, caps) wm_heap_caps_alloc_tracing(size, caps, __FILE__, __LINE__)
#define wm_heap_caps_realloc(block, size, caps) wm_heap_caps_realloc_tracing(block, size, caps, __FILE__, __LINE__)
#else
void *wm_heap_caps_alloc(size_t size, wm_heap_cap_type_t caps);
void *wm_heap_caps_realloc(void *block, size_t size, wm_heap_cap_type_t caps);
#endif
void wm_heap_caps_free(void *block);
size_t wm_heap_get_free_size(void);
size_t wm_heap_get_minimum_ever_free_size(void);

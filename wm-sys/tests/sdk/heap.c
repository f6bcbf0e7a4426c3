/* The SDK's heap on C's, for every machine that stands in for the SDK. */
#include "wm_osal.h"

#include <stdlib.h>

void *wm_heap_caps_alloc(size_t size, wm_heap_cap_type_t caps) {
    return caps == WM_HEAP_CAP_DEFAULT ? malloc(size) : NULL;
}

void *wm_heap_caps_realloc(void *block, size_t size, wm_heap_cap_type_t caps) {
    return caps == WM_HEAP_CAP_DEFAULT ? realloc(block, size) : NULL;
}

void wm_heap_caps_free(void *block) {
    free(block);
}

void *wm_os_internal_calloc(size_t count, size_t size) {
    return calloc(count, size);
}

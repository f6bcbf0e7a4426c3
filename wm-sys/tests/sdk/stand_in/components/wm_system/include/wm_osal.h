/* The RTOS behind one face. Its objects are void; the heap's functions are macros. */
#pragma once

#include "wm_error.h"
#include "wm_heap.h"
#include "wm_types.h"
#include "wmsdk_config.h"

typedef void *wm_os_task_t;
typedef void wm_os_sem_t;

typedef enum wm_os_status {
    WM_OS_STATUS_SUCCESS = WM_ERR_SUCCESS,
    WM_OS_STATUS_ERROR = WM_ERR_FAILED,
    WM_OS_STATUS_TIMEOUT = WM_ERR_TIMEOUT
} wm_os_status_t;

wm_os_status_t wm_os_internal_task_create(wm_os_task_t *task, const char *name, void (*entry)(void *), void *param,
                                          uint32_t stk_size, uint32_t prio, uint32_t flag);
wm_os_status_t wm_os_internal_sem_create(wm_os_sem_t **sem, uint32_t count);
wm_os_status_t wm_os_internal_sem_acquire_ms(wm_os_sem_t *sem, uint32_t milliseconds);
wm_os_status_t wm_os_internal_sem_release(wm_os_sem_t *sem);
uint16_t wm_os_internal_sem_get_count(wm_os_sem_t *sem);
uint32_t wm_os_internal_get_time(void);
uint32_t wm_os_internal_get_time_ms(void);
void wm_os_internal_set_critical(void);
void wm_os_internal_release_critical(void);
void wm_os_internal_time_delay(uint32_t ticks);
void wm_os_internal_time_delay_ms(uint32_t milliseconds);

#ifdef CONFIG_HEAP_USE_TRACING
void *wm_os_internal_calloc_tracing(size_t count, size_t size, const char *file, int line);
#define wm_os_internal_calloc(count, size) wm_os_internal_calloc_tracing(count, size, __FILE__, __LINE__)
#else
void *wm_os_internal_calloc(size_t count, size_t size);
#endif
#define wm_os_internal_malloc(size) wm_heap_caps_alloc(size, WM_HEAP_CAP_DEFAULT)
#define wm_os_internal_realloc(block, size) wm_heap_caps_realloc(block, size, WM_HEAP_CAP_DEFAULT)
#define wm_os_internal_free(block) wm_heap_caps_free(block)

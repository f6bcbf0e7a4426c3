/*
 * The platform contract (wm_port.h) on the WinnerMicro IoT SDK: FreeRTOS through its OS layer, its hardware random number generator,
 * its heap and its log. Compiled by the firmware, as component/CMakeLists.txt does.
 *
 * The task that calls lws_service is the only one that waits; interrupts and other tasks wake it by a semaphore.
 */
#include "wm_port.h"

/* What wm_log.h marks our lines with. */
#define LOG_TAG "websockets"

#include "wm_drv_rng.h"
#include "wm_error.h"
#include "wm_log.h"
#include "wm_osal.h"
#include "wmsdk_config.h"

#include <string.h>
#include <time.h>

/* Earlier than any device that runs this: a clock that says less was not set. */
#define CLOCK_IS_SET_FROM 1600000000

/* In milliseconds. The SDK rounds them down to ticks: a wait that ends in the tick before would be begun again and again until that is over, and
 * let nobody run who has a lower priority. */
#ifdef CONFIG_FREERTOS_HZ
#define ROUNDED_UP (999 / CONFIG_FREERTOS_HZ)
#else
#define ROUNDED_UP 0
#endif
/* An hour, which the SDK calculates in 32 bits; between two waits the clock looks at its counter. */
#define LONGEST_WAIT 3600000

/* Made by the first wait; what was to wake before that is in `woken`. */
static wm_os_sem_t *volatile semaphore;
static volatile int woken;

/* The SDK's milliseconds have 32 bits: the turns of that counter are counted, which needs a look every 49 days. */
uint64_t wm_port_now(void) {
    static uint32_t before, turns;
    uint32_t state = wm_port_protect(), now = wm_os_internal_get_time_ms();
    uint64_t whole;

    if (now < before)
        turns++;
    before = now;
    whole = (uint64_t)turns << 32 | now;
    wm_port_unprotect(state);
    return whole;
}

int64_t wm_port_unix_time(void) {
    time_t now = time(NULL);

    return now < CLOCK_IS_SET_FROM ? -1 : (int64_t)now;
}

int wm_port_entropy(void *bytes, size_t length) {
    static wm_device_t *generator;

    /* The generator takes "nothing" for an error. */
    if (!length)
        return 0;
    if (!generator)
        generator = wm_drv_rng_init("rng");
    if (!generator)
        return -1;
    return wm_drv_rng_read_bytes(generator, bytes, (uint32_t)length) == WM_ERR_SUCCESS ? 0 : -1;
}

void wm_port_wait(uint32_t timeout) {
    wm_os_sem_t *created;

    if (!semaphore && wm_os_internal_sem_create(&created, 0) == WM_OS_STATUS_SUCCESS)
        semaphore = created;
    if (timeout && !woken) {
        if (semaphore)
            wm_os_internal_sem_acquire_ms(semaphore, (timeout < LONGEST_WAIT ? timeout : LONGEST_WAIT) + ROUNDED_UP);
        else
            wm_os_internal_time_delay_ms(1); /* others may free memory meanwhile */
    }
    woken = 0;
}

/* One is enough, however often it is called. One that is left over ends the wait after this one too soon, which is allowed. */
void wm_port_wake(void) {
    woken = 1;
    if (semaphore && !wm_os_internal_sem_get_count(semaphore))
        wm_os_internal_sem_release(semaphore);
}

/* FreeRTOS counts how deep it is nested itself. */
uint32_t wm_port_protect(void) {
    wm_os_internal_set_critical();
    return 0;
}

void wm_port_unprotect(uint32_t state) {
    (void)state;
    wm_os_internal_release_critical();
}

void wm_port_log(int level, const char *line, size_t length) {
    (void)length;
    (void)line; /* a project without a log has macros that do not look at it */
    switch (level) {
    case WM_PORT_LOG_ERROR:
        wm_log_error("%s", line);
        break;
    case WM_PORT_LOG_WARN:
        wm_log_warn("%s", line);
        break;
    case WM_PORT_LOG_INFO:
        wm_log_info("%s", line);
        break;
    default:
        wm_log_debug("%s", line);
        break;
    }
}

void *wm_port_malloc(size_t size) {
    return wm_os_internal_malloc(size);
}

void *wm_port_calloc(size_t count, size_t size) {
    return wm_os_internal_calloc(count, size);
}

void wm_port_free(void *block) {
    wm_os_internal_free(block);
}

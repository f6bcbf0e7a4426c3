/*
 * A machine with the SDK's functions as far as the tests need them: a network in reach, whose password is "password", that gives
 * an address 300 ms after the station asks for one. Time passes in delays only.
 */
#include "wm_drv_rng.h"
#include "wm_event.h"
#include "wm_log.h"
#include "wm_nm_api.h"
#include "wm_osal.h"
#include "wmsdk_config.h"

#include <stdarg.h>
#include <string.h>

WM_EVENT_DEFINE_GROUP(WM_NM_EV);

static uint32_t now, address_at;
static wm_nm_state_e state = WM_NM_INIT;
static wm_event_callback callback;
static void *callback_priv;

static void enter(wm_nm_state_e next) {
    state = next;
    if (callback)
        callback(WM_NM_EV, (int)next, NULL, callback_priv);
}

int wm_event_add_callback(wm_event_group_t group, int event, wm_event_callback called, void *priv) {
    if (group != WM_NM_EV || event != WM_EVENT_ANY_TYPE)
        return WM_ERR_INVALID_PARAM;
    callback = called;
    callback_priv = priv;
    return WM_ERR_SUCCESS;
}

int wm_nm_start_wifi_station(wm_nm_wifi_station_cfg_t *cfg) {
    if (!cfg->ssid || !*cfg->ssid)
        return WM_ERR_INVALID_PARAM;
    address_at = cfg->password && !strcmp(cfg->password, "password") ? now + 300 : UINT32_MAX;
    enter(WM_NM_WIFI_STA_CONNECTING);
    return WM_ERR_SUCCESS;
}

wm_nm_state_e wm_nm_get_wifi_station_state(void) {
    return state;
}

int wm_nm_stop_wifi_station(void) {
    address_at = UINT32_MAX;
    enter(WM_NM_WIFI_STA_DISCONNECTED);
    return WM_ERR_SUCCESS;
}

void wm_os_internal_time_delay_ms(uint32_t milliseconds) {
    now += milliseconds;
    if (state == WM_NM_WIFI_STA_CONNECTING && now >= address_at)
        enter(WM_NM_WIFI_STA_GOT_IP);
}

uint32_t wm_os_internal_get_time_ms(void) {
    return now;
}

/* One semaphore, counted. Nobody releases it while another waits: there is one task. */
static uint16_t count;

wm_os_status_t wm_os_internal_sem_create(wm_os_sem_t **sem, uint32_t start) {
    count = (uint16_t)start;
    *sem = &count;
    return WM_OS_STATUS_SUCCESS;
}

wm_os_status_t wm_os_internal_sem_acquire_ms(wm_os_sem_t *sem, uint32_t milliseconds) {
    uint16_t *left = sem;

    if (*left) {
        --*left;
        return WM_OS_STATUS_SUCCESS;
    }
    /* In ticks, and in 32 bits, as FreeRTOS of the SDK calculates; UINT32_MAX is for ever. */
    if (milliseconds != UINT32_MAX)
        milliseconds = milliseconds * CONFIG_FREERTOS_HZ / 1000 * (1000 / CONFIG_FREERTOS_HZ);
    wm_os_internal_time_delay_ms(milliseconds);
    return WM_OS_STATUS_ERROR;
}

wm_os_status_t wm_os_internal_sem_release(wm_os_sem_t *sem) {
    ++*(uint16_t *)sem;
    return WM_OS_STATUS_SUCCESS;
}

uint16_t wm_os_internal_sem_get_count(wm_os_sem_t *sem) {
    return *(uint16_t *)sem;
}

void wm_os_internal_set_critical(void) {
}

void wm_os_internal_release_critical(void) {
}

struct wm_device {
    uint8_t last;
};

wm_device_t *wm_drv_rng_init(const char *dev_name) {
    static struct wm_device generator;

    return strcmp(dev_name, "rng") ? NULL : &generator;
}

/* As random as a test needs it. */
int wm_drv_rng_read_bytes(wm_device_t *dev, void *buf, uint32_t len) {
    uint8_t *bytes = buf;

    if (!dev || !buf || !len)
        return WM_ERR_INVALID_PARAM;
    while (len--)
        *bytes++ = dev->last = (uint8_t)(dev->last * 5 + 3);
    return WM_ERR_SUCCESS;
}

int wm_log_printf(wm_log_level_t level, const char *tag, const char *format, ...) {
    va_list arguments;
    int length;

    (void)tag;
    if (level > WM_LOG_LEVEL_INFO)
        return 0;
    va_start(arguments, format);
    length = vprintf(format, arguments);
    va_end(arguments);
    return length;
}

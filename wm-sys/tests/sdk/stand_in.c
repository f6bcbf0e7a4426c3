/*
 * A machine with the SDK's functions as far as the test calls them: a network in reach, whose password is "password", that gives
 * an address 300 ms after the station asks for one. Time passes in delays only.
 */
#include "wm_event.h"
#include "wm_nm_api.h"
#include "wm_osal.h"

#include <stdlib.h>
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

void *wm_heap_caps_alloc(size_t size, wm_heap_cap_type_t caps) {
    return caps == WM_HEAP_CAP_DEFAULT ? malloc(size) : NULL;
}

void *wm_heap_caps_realloc(void *block, size_t size, wm_heap_cap_type_t caps) {
    return caps == WM_HEAP_CAP_DEFAULT ? realloc(block, size) : NULL;
}

void wm_heap_caps_free(void *block) {
    free(block);
}

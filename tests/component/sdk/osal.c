/* The SDK's functions that wm-sys/port/wm_iot_sdk.c calls, on FreeRTOS and on the board. */
#include "wm_drv_rng.h"
#include "wm_log.h"
#include "wm_osal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "FreeRTOS.h"
#include "semphr.h"
#include "task.h"

#include "board.h"

enum { MOST_SIGNALS = 255 };

wm_os_status_t wm_os_internal_sem_create(wm_os_sem_t **sem, uint32_t count) {
    *sem = xSemaphoreCreateCounting(MOST_SIGNALS, count);
    return *sem ? WM_OS_STATUS_SUCCESS : WM_OS_STATUS_ERROR;
}

wm_os_status_t wm_os_internal_sem_acquire_ms(wm_os_sem_t *sem, uint32_t milliseconds) {
    uint64_t ticks = (uint64_t)milliseconds * configTICK_RATE_HZ / 1000;

    if (ticks > portMAX_DELAY)
        ticks = portMAX_DELAY;
    return xSemaphoreTake(sem, (TickType_t)ticks) == pdTRUE ? WM_OS_STATUS_SUCCESS : WM_OS_STATUS_TIMEOUT;
}

wm_os_status_t wm_os_internal_sem_release(wm_os_sem_t *sem) {
    BaseType_t must_switch = pdFALSE, given;

    if (!xPortIsInsideInterrupt())
        return xSemaphoreGive(sem) == pdTRUE ? WM_OS_STATUS_SUCCESS : WM_OS_STATUS_ERROR;
    given = xSemaphoreGiveFromISR(sem, &must_switch);
    portYIELD_FROM_ISR(must_switch);
    return given == pdTRUE ? WM_OS_STATUS_SUCCESS : WM_OS_STATUS_ERROR;
}

uint16_t wm_os_internal_sem_get_count(wm_os_sem_t *sem) {
    return (uint16_t)uxQueueMessagesWaitingFromISR(sem);
}

uint32_t wm_os_internal_get_time_ms(void) {
    return (uint32_t)((uint64_t)xTaskGetTickCountFromISR() * 1000 / configTICK_RATE_HZ);
}

void wm_os_internal_time_delay_ms(uint32_t milliseconds) {
    vTaskDelay(pdMS_TO_TICKS(milliseconds));
}

void wm_os_internal_set_critical(void) {
    taskENTER_CRITICAL();
}

void wm_os_internal_release_critical(void) {
    taskEXIT_CRITICAL();
}

struct wm_device {
    char unused;
};

wm_device_t *wm_drv_rng_init(const char *dev_name) {
    static struct wm_device generator;

    return strcmp(dev_name, "rng") ? NULL : &generator;
}

int wm_drv_rng_read_bytes(wm_device_t *dev, void *buf, uint32_t len) {
    if (!dev || !buf || !len)
        return WM_ERR_INVALID_PARAM;
    return board_entropy(buf, len) ? WM_ERR_FAILED : WM_ERR_SUCCESS;
}

int wm_log_printf(wm_log_level_t level, const char *tag, const char *format, ...) {
    char line[200];
    va_list arguments;
    int length;

    (void)tag;
    if (level > WM_LOG_LEVEL_INFO)
        return 0;
    va_start(arguments, format);
    length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    board_print(line);
    return length;
}

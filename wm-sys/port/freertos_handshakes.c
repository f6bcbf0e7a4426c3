/* wm_handshakes.h on FreeRTOS: compiled by the firmware that calls wm_handshakes_start. Needs task notifications, which are on by default. */
#include "wm_handshakes.h"

#include "FreeRTOS.h"
#include "task.h"

static TaskHandle_t volatile worker;

/* Where another task serves already, it may have something to hand over before there is a task. */
static void wake(void) {
    if (worker)
        xTaskNotifyGive(worker);
}

static void work(void *argument) {
    (void)argument;
    for (;;) {
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
        wm_handshakes_step();
    }
}

int wm_handshakes_start(unsigned priority, size_t stack) {
    if (worker || wm_handshakes_begin(wake))
        return -1;
    if (xTaskCreate(work, "handshakes", stack / sizeof(StackType_t), NULL, priority, (TaskHandle_t *)&worker) != pdPASS) {
        worker = NULL;
        wm_handshakes_end();
        return -1;
    }
    wake();
    return 0;
}

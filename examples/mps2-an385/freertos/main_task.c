/* From reset to the application: FreeRTOS, lwIP in its thread, the network, and a task that calls main. */
#include "lwip/tcpip.h"

#include "FreeRTOS.h"
#include "semphr.h"
#include "task.h"

#include "board.h"
#include "ethernet.h"
#include "meter.h"
#include "wm_handshakes.h"

/* Of the task that calls main, in words: 8 KB are enough with TLS too, see `cargo xtask size`. */
#define STACK_WORDS 2048
#define PRIORITY    2
/* Of the task that does handshakes. */
#define WORKER_STACK    8192
#define WORKER_PRIORITY 1

#define MOST_ARGUMENTS 16

int main(int argc, const char **argv);

static TaskHandle_t task;

uint32_t main_stack_peak(void) {
    return (STACK_WORDS - (uint32_t)uxTaskGetStackHighWaterMark(task)) * sizeof(StackType_t);
}

uint32_t worker_stack_peak(void) {
    TaskHandle_t worker = xTaskGetHandle("handshakes");

    return worker ? WORKER_STACK - (uint32_t)uxTaskGetStackHighWaterMark(worker) * sizeof(StackType_t) : 0;
}

static void network_is_up(void *semaphore) {
    ethernet_start();
    xSemaphoreGive((SemaphoreHandle_t)semaphore);
}

static void run(void *argument) {
    static const char *arguments[MOST_ARGUMENTS + 1];
    int count = board_arguments(arguments, MOST_ARGUMENTS + 1);
    SemaphoreHandle_t is_up = xSemaphoreCreateBinary();

    (void)argument;
    configASSERT(is_up);
    tcpip_init(network_is_up, is_up);
    xSemaphoreTake(is_up, portMAX_DELAY);
    vSemaphoreDelete(is_up);
#ifdef WORKER
    configASSERT(wm_handshakes_start(WORKER_PRIORITY, WORKER_STACK) == 0);
#endif
    board_exit(main(count, arguments));
}

void board_begin(void) {
    board_console_start();
    meter_start();
    configASSERT(xTaskCreate(run, "main", STACK_WORDS, NULL, PRIORITY, &task) == pdPASS);
    vTaskStartScheduler();
    firmware_failed("no memory for the idle task", 0);
}

void firmware_failed(const char *file, int line) {
    char digits[12], *digit = digits + sizeof(digits);

    *--digit = 0;
    do
        *--digit = (char)('0' + line % 10);
    while (line /= 10);
    board_print("failed: ");
    board_print(file);
    board_print(":");
    board_print(digit);
    board_print("\n");
    board_exit(1);
}

void vApplicationIdleHook(void) {
    meter_answer();
    meter_sleep();
}

void vApplicationStackOverflowHook(TaskHandle_t task, char *name) {
    (void)task;
    board_print("stack overflow in task ");
    firmware_failed(name, 0);
}

/* newlib's heap is one for all tasks. heap_3.c stops the scheduler before it calls malloc: once is enough. */
static int stopped;

void __malloc_lock(struct _reent *reent) {
    (void)reent;
    if (stopped || xTaskGetSchedulerState() == taskSCHEDULER_RUNNING) {
        vTaskSuspendAll();
        stopped++;
    }
}

void __malloc_unlock(struct _reent *reent) {
    (void)reent;
    if (stopped) {
        stopped--;
        xTaskResumeAll();
    }
}

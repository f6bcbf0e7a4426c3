/* wm-sys/port/freertos.c, and the template's sys_arch.c, on a kernel of checks: ticks of any width and rate, interrupts that nest or not. */
#include "lwip/sys.h"

#include "queue.h"
#include "semphr.h"
#include "task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's state. */
static TickType_t ticks;
static int depth, masked, is_inside_interrupt;
/* What was waited for last. */
static TickType_t waited;
static int has_waited;

static void require(int holds, const char *what) {
    if (holds)
        return;
    printf("%s\n", what);
    exit(1);
}

void enter_critical(void) {
    require(!is_inside_interrupt, "a task's critical section in an interrupt");
    depth++;
}

void exit_critical(void) {
    depth--;
}

#ifdef KERNEL_NESTS
UBaseType_t mask_interrupts(void) {
    int before = masked;

    masked = 1;
    return (UBaseType_t)before;
}

void unmask_interrupts(UBaseType_t state) {
    masked = (int)state;
}
#endif

static int is_protected(void) {
    return depth || masked || is_inside_interrupt;
}

BaseType_t xPortIsInsideInterrupt(void) {
    return is_inside_interrupt;
}

TickType_t xTaskGetTickCount(void) {
    return ticks;
}

TickType_t xTaskGetTickCountFromISR(void) {
    return ticks;
}

void vTaskDelay(TickType_t time) {
    waited = time;
}

TaskHandle_t xTaskGetCurrentTaskHandle(void) {
    return NULL;
}

BaseType_t xTaskCreate(void (*code)(void *), const char *name, configSTACK_DEPTH_TYPE stack, void *argument, UBaseType_t priority,
                       TaskHandle_t *task) {
    (void)code, (void)name, (void)stack, (void)argument, (void)priority, (void)task;
    return pdFALSE;
}

static long place;

SemaphoreHandle_t xSemaphoreCreateBinary(void) {
    return (SemaphoreHandle_t)&place;
}

SemaphoreHandle_t xSemaphoreCreateCounting(UBaseType_t most, UBaseType_t count) {
    (void)most, (void)count;
    return (SemaphoreHandle_t)&place;
}

SemaphoreHandle_t xSemaphoreCreateMutex(void) {
    return (SemaphoreHandle_t)&place;
}

QueueHandle_t xQueueCreate(UBaseType_t length, UBaseType_t size) {
    (void)length, (void)size;
    return (QueueHandle_t)&place;
}

void vSemaphoreDelete(SemaphoreHandle_t semaphore) {
    (void)semaphore;
}

void vQueueDelete(QueueHandle_t queue) {
    (void)queue;
}

static BaseType_t wait_for(TickType_t time) {
    waited = time;
    has_waited = 1;
    return pdFALSE;
}

BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t time) {
    (void)semaphore;
    return wait_for(time);
}

BaseType_t xQueueReceive(QueueHandle_t queue, void *item, TickType_t time) {
    (void)queue, (void)item;
    return wait_for(time);
}

BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore) {
    (void)semaphore;
    return pdTRUE;
}

BaseType_t xSemaphoreGiveFromISR(SemaphoreHandle_t semaphore, BaseType_t *must_switch) {
    (void)semaphore, (void)must_switch;
    return pdTRUE;
}

BaseType_t xQueueSendToBack(QueueHandle_t queue, const void *item, TickType_t time) {
    (void)queue, (void)item, (void)time;
    return pdTRUE;
}

BaseType_t xQueueSendToBackFromISR(QueueHandle_t queue, const void *item, BaseType_t *must_switch) {
    (void)queue, (void)item, (void)must_switch;
    return pdTRUE;
}

void *pvPortMalloc(size_t size) {
    return malloc(size);
}

void vPortFree(void *block) {
    free(block);
}

void firmware_failed(const char *file, int line) {
    printf("%s:%d\n", file, line);
    exit(1);
}

/* What the platform's generator gives; 0: nothing. */
static uint32_t entropy;

int wm_port_entropy(void *bytes, size_t length) {
    memcpy(bytes, &entropy, length);
    return entropy ? 0 : -1;
}

static void random_numbers(void) {
    uint32_t number;

    entropy = 0x12345678;
    require(sys_random() == entropy, "sys_random has another source than the platform");
    entropy = 0;
    number = sys_random();
    require(number != sys_random(), "without entropy sys_random gives the same number again");
}

static void critical_sections(void) {
    uint32_t outer, inner;
    sys_prot_t lwip, within;

    require(!is_protected(), "protected from the start");
    outer = wm_port_protect();
    require(is_protected(), "wm_port_protect does not protect");
    inner = wm_port_protect();
    wm_port_unprotect(inner);
    require(is_protected(), "wm_port_protect does not nest");
    wm_port_unprotect(outer);
    require(!is_protected(), "wm_port_unprotect does not end it");
    lwip = sys_arch_protect();
    require(is_protected(), "sys_arch_protect does not protect");
    within = sys_arch_protect();
    sys_arch_unprotect(within);
    require(is_protected(), "sys_arch_protect does not nest");
    sys_arch_unprotect(lwip);
    require(!is_protected(), "sys_arch_unprotect does not end it");
    is_inside_interrupt = 1;
    sys_arch_unprotect(sys_arch_protect());
    wm_port_unprotect(wm_port_protect());
    is_inside_interrupt = 0;
}

/* A second around the turn of the counter is a second. */
static void clocks(void) {
    uint64_t now;
    u32_t lwip;

    ticks = (TickType_t)(portMAX_DELAY - configTICK_RATE_HZ / 2 + 1);
    now = wm_port_now();
    lwip = sys_now();
    ticks = (TickType_t)(ticks + configTICK_RATE_HZ);
    require(wm_port_now() - now == 1000, "wm_port_now jumps when the tick counter turns");
    require(sys_now() - lwip == 1000, "sys_now jumps when the tick counter turns");
}

static TickType_t wait_of_port(uint32_t milliseconds) {
    wm_port_wait(0);
    has_waited = 0;
    wm_port_wait(milliseconds);
    require(has_waited, "wm_port_wait does not wait");
    return waited;
}

static TickType_t wait_of_lwip(u32_t milliseconds) {
    sys_mbox_t mailbox = (sys_mbox_t)&place;

    has_waited = 0;
    sys_arch_mbox_fetch(&mailbox, NULL, milliseconds);
    require(has_waited, "sys_arch_mbox_fetch does not wait");
    return waited;
}

static int is_long_enough(TickType_t time, uint32_t milliseconds) {
    return (uint64_t)time * 1000 >= (uint64_t)milliseconds * configTICK_RATE_HZ;
}

static void waits(void) {
    uint32_t milliseconds;

    require(is_long_enough(wait_of_port(1), 1), "wm_port_wait of a millisecond is none");
    require(is_long_enough(wait_of_lwip(1), 1), "sys_arch_mbox_fetch of a millisecond is none");
    /* An hour, a day, a week: they may end too soon, but do not last for ever, nor the part that is left of them by an overflow. */
    for (milliseconds = 1; milliseconds < 700000000; milliseconds *= 3) {
        TickType_t port = wait_of_port(milliseconds), lwip = wait_of_lwip(milliseconds);

        require(port != portMAX_DELAY, "wm_port_wait of a finite time has no end");
        require(lwip != portMAX_DELAY, "sys_arch_mbox_fetch of a finite time has no end");
        require(is_long_enough(port, milliseconds) || port >= portMAX_DELAY / 2, "wm_port_wait is too short");
        require(is_long_enough(lwip, milliseconds) || lwip >= portMAX_DELAY / 2, "sys_arch_mbox_fetch is too short");
    }
    require(wait_of_lwip(0) == portMAX_DELAY, "sys_arch_mbox_fetch without a limit has one");
    /* The clock needs a look in each turn of the counter, which a wait must not sleep through. */
    require(wait_of_port(UINT32_MAX) < portMAX_DELAY, "wm_port_wait sleeps through turns of the counter");
}

int main(void) {
    random_numbers();
    critical_sections();
    clocks();
    waits();
    return 0;
}

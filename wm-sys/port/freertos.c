/*
 * The platform contract (wm_port.h) on FreeRTOS 10 and later, but for what FreeRTOS does not have: the firmware adds wm_port_unix_time,
 * wm_port_entropy and wm_port_log. Compiled by the firmware, as examples/mps2-an385/freertos does.
 *
 * For one core: with several, wm_port_protect needs a lock besides. Needs configSUPPORT_DYNAMIC_ALLOCATION. Interrupts that call into the
 * component have a priority at which FreeRTOS may be called (configMAX_SYSCALL_INTERRUPT_PRIORITY).
 */
#include "wm_port.h"

#include "FreeRTOS.h"
#include "semphr.h"
#include "task.h"

#include <string.h>

/* A port of FreeRTOS that does not tell where it is needs its own definition. */
#ifndef WM_PORT_IN_INTERRUPT
#define WM_PORT_IN_INTERRUPT() xPortIsInsideInterrupt()
#endif

/* Made by the first wait; what was to wake before that is in `woken`. */
static SemaphoreHandle_t volatile semaphore;
static volatile int woken;

/* Whether a tick is a whole number of milliseconds, as it mostly is. Then nothing has to be divided, for which a core may need a hundred
 * instructions. */
#define TICK_IS_WHOLE (1000 % configTICK_RATE_HZ == 0)
#define TICK (1000 / configTICK_RATE_HZ)

static uint64_t milliseconds_of(uint64_t ticks) {
    return TICK_IS_WHOLE ? ticks * TICK : ticks * 1000 / configTICK_RATE_HZ;
}

/* The tick counter turns, with 32 bits at 1,000 Hz after 49 days: its turns are counted, which needs a look in each. */
uint64_t wm_port_now(void) {
    static TickType_t before;
    static uint64_t turns;
    uint32_t state = wm_port_protect();
    TickType_t now = xTaskGetTickCountFromISR();
    uint64_t ticks;

    if (now < before)
        turns += (uint64_t)portMAX_DELAY + 1;
    before = now;
    ticks = turns + now;
    wm_port_unprotect(state);
    return milliseconds_of(ticks);
}

/* Rounded up: a wait that ends in the tick before would be begun again and again until that is over. At most half a turn of the counter: more
 * would be no end to FreeRTOS, and the clock looks at the counter between two waits. */
static TickType_t ticks_of(uint32_t milliseconds) {
    uint64_t ticks = configTICK_RATE_HZ == 1000 ? milliseconds : ((uint64_t)milliseconds * configTICK_RATE_HZ + 999) / 1000;

    return ticks < portMAX_DELAY / 2 ? (TickType_t)ticks : portMAX_DELAY / 2;
}

void wm_port_wait(uint32_t timeout) {
    if (!semaphore)
        semaphore = xSemaphoreCreateBinary();
    if (timeout && !woken) {
        if (semaphore)
            xSemaphoreTake(semaphore, ticks_of(timeout));
        else
            vTaskDelay(1); /* others may free memory meanwhile */
    }
    woken = 0;
}

/* A semaphore that is left over ends the wait after this one too soon, which is allowed. */
void wm_port_wake(void) {
    woken = 1;
    if (!semaphore)
        return;
    if (WM_PORT_IN_INTERRUPT()) {
        BaseType_t must_switch = pdFALSE;

        xSemaphoreGiveFromISR(semaphore, &must_switch);
        portYIELD_FROM_ISR(must_switch);
    } else {
        xSemaphoreGive(semaphore);
    }
}

/* Ports whose interrupts do not nest, RISC-V's say, have no sections for interrupts, as nothing comes between there: the kernel then
 * defines them as nothing, in tasks too. */
#define TEXT(...) #__VA_ARGS__
#define TEXT_OF(...) TEXT(__VA_ARGS__)
#define INTERRUPTS_NEST (sizeof TEXT_OF(portSET_INTERRUPT_MASK_FROM_ISR()) != sizeof "0")

/* These nest, in tasks and in interrupts. */
uint32_t wm_port_protect(void) {
    if (INTERRUPTS_NEST)
        return (uint32_t)taskENTER_CRITICAL_FROM_ISR();
    if (!WM_PORT_IN_INTERRUPT())
        taskENTER_CRITICAL();
    return 0;
}

void wm_port_unprotect(uint32_t state) {
    (void)state; /* which such a port's kernel does not look at */
    if (INTERRUPTS_NEST)
        taskEXIT_CRITICAL_FROM_ISR((UBaseType_t)state);
    else if (!WM_PORT_IN_INTERRUPT())
        taskEXIT_CRITICAL();
}

void *wm_port_malloc(size_t size) {
    return pvPortMalloc(size);
}

void *wm_port_calloc(size_t count, size_t size) {
    void *block;

    if (size && count > SIZE_MAX / size)
        return NULL;
    block = pvPortMalloc(count * size);
    if (block)
        memset(block, 0, count * size);
    return block;
}

void wm_port_free(void *block) {
    vPortFree(block);
}

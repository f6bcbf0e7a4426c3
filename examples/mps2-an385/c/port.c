/* The platform contract of wm-websockets (wm_port.h) on QEMU's mps2-an385, without an operating system. */
#include <stdint.h>
#include <stdlib.h>

#include "board.h"
#include "wm_port.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* Cortex-M3: the system timer. QEMU's board runs at 25 MHz. */
#define SYSTICK_CONTROL REGISTER(0xe000e010)
#define SYSTICK_RELOAD  REGISTER(0xe000e014)
#define SYSTICK_VALUE   REGISTER(0xe000e018)
#define CORE_HZ 25000000u

static volatile uint32_t ticks;
static volatile uint32_t ticks_high;
static volatile int woken;
static int64_t unix_start;

int main(void);

void board_begin(void) {
    board_exit(main());
}

void board_start(void) {
    SYSTICK_RELOAD = CORE_HZ / 1000 - 1;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7;
    board_console_start();
    unix_start = board_unix_time();
}

void board_tick(void) {
    if (++ticks == 0)
        ticks_high++;
}

uint64_t wm_port_now(void) {
    uint32_t high, low;

    do {
        high = ticks_high;
        low = ticks;
    } while (high != ticks_high);
    return (uint64_t)high << 32 | low;
}

int64_t wm_port_unix_time(void) {
    return unix_start + (int64_t)(wm_port_now() / 1000);
}

int wm_port_entropy(void *bytes, size_t length) {
    return board_entropy(bytes, length);
}

/* Interrupts are masked between the look and WFI, which a pending one ends all the same: no wake is lost. */
void wm_port_wait(uint32_t timeout) {
    uint64_t end = wm_port_now() + timeout;

    while (wm_port_now() < end) {
        uint32_t state = wm_port_protect();

        if (!woken)
            __asm__ volatile("wfi");
        wm_port_unprotect(state);
        if (woken)
            break;
    }
    woken = 0;
}

void wm_port_wake(void) {
    woken = 1;
}

void board_frame_waiting(void) {
    wm_port_wake();
}

uint32_t wm_port_protect(void) {
    uint32_t state;

    __asm__ volatile("mrs %0, primask\n cpsid i" : "=r"(state) : : "memory");
    return state;
}

void wm_port_unprotect(uint32_t state) {
    __asm__ volatile("msr primask, %0" : : "r"(state) : "memory");
}

void wm_port_log(int level, const char *line, size_t length) {
    (void)level, (void)length;
    board_print(line);
    board_print("\n");
}

void *wm_port_malloc(size_t size) {
    return malloc(size);
}

void *wm_port_calloc(size_t count, size_t size) {
    return calloc(count, size);
}

void wm_port_free(void *block) {
    free(block);
}

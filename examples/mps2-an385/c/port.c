/* The platform contract of wm-websockets (wm_port.h) on QEMU's mps2-an385, and newlib's few needs. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "wm_port.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* Cortex-M3: the system timer. QEMU's board runs at 25 MHz. */
#define SYSTICK_CONTROL REGISTER(0xe000e010)
#define SYSTICK_RELOAD  REGISTER(0xe000e014)
#define SYSTICK_VALUE   REGISTER(0xe000e018)
#define CORE_HZ 25000000u

/* The first UART of the CMSDK. */
#define UART_DATA    REGISTER(0x40004000)
#define UART_STATE   REGISTER(0x40004004)
#define UART_CONTROL REGISTER(0x40004008)
#define UART_DIVIDER REGISTER(0x40004010)

static volatile uint32_t ticks;
static volatile uint32_t ticks_high;
static volatile int woken;
static uint64_t unix_start;

/* A service of the debugger, QEMU here. */
static int semihosting(int operation, const void *argument) {
    register int result __asm__("r0") = operation;
    register const void *parameter __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xab" : "+r"(result) : "r"(parameter) : "memory");
    return result;
}

enum { SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_READ = 0x06, SYS_TIME = 0x11, SYS_EXIT_EXTENDED = 0x20 };

void board_start(void) {
    SYSTICK_RELOAD = CORE_HZ / 1000 - 1;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7;
    UART_DIVIDER = 16;
    UART_CONTROL = 1;
    unix_start = (uint32_t)semihosting(SYS_TIME, NULL);
}

void board_tick(void) {
    if (++ticks == 0)
        ticks_high++;
}

void board_print(const char *text) {
    for (; *text; text++) {
        while (UART_STATE & 1) {
        }
        UART_DATA = (uint8_t)*text;
    }
}

void board_exit(int status) {
    uint32_t block[2] = { 0x20026, (uint32_t)status };

    semihosting(SYS_EXIT_EXTENDED, block);
    for (;;) {
    }
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
    return (int64_t)(unix_start + wm_port_now() / 1000);
}

/* A product asks its random number generator; this board asks the machine it is emulated on. */
int wm_port_entropy(void *bytes, size_t length) {
    static const char path[] = "/dev/urandom";
    uint32_t open[3] = { (uint32_t)path, 1, sizeof(path) - 1 };
    int file = semihosting(SYS_OPEN, open), left;
    uint32_t read[3] = { (uint32_t)file, (uint32_t)bytes, length }, close[1] = { (uint32_t)file };

    if (file < 0)
        return -1;
    left = semihosting(SYS_READ, read);
    semihosting(SYS_CLOSE, close);
    return left;
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

/* newlib's malloc takes its memory here. */
void *_sbrk(ptrdiff_t more) {
    extern char heap_start[], heap_end[];
    static char *end = heap_start;
    char *before = end;

    if (more > heap_end - end) {
        errno = ENOMEM;
        return (void *)-1;
    }
    end += more;
    return before;
}

/* What the processor does with its time, for `cargo xtask size`: under QEMU's -icount, time is instructions. A product has no need of it. */
#include "meter.h"

#include <malloc.h>
#include <stdint.h>

#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* Timer 0 of the CMSDK, which counts down from reload: 25 MHz. */
#define COUNTER_CONTROL REGISTER(0x40000000)
#define COUNTER_VALUE   REGISTER(0x40000004)
#define COUNTER_RELOAD  REGISTER(0x40000008)

/* In ticks of the counter. */
static uint64_t busy, asleep;
static uint32_t since;
/* The longest time from one wait of the component to the next: nobody else is served meanwhile. */
static uint32_t longest_pass, pass_began;

static uint32_t ticks(void) {
    return ~COUNTER_VALUE;
}

static void start_anew(void) {
    busy = asleep = 0;
    longest_pass = 0;
    since = pass_began = ticks();
}

static void print_number(const char *name, uint64_t number) {
    char digits[21], *digit = digits + sizeof(digits) - 1;

    *digit = 0;
    do
        *--digit = (char)('0' + number % 10);
    while (number /= 10);
    board_print(name);
    board_print(digit);
}

static void report(void) {
    struct mallinfo heap = mallinfo();

    /* All tasks' together, with what newlib takes for itself; what it has ever asked for stays its own. */
    print_number("report heap_used=", heap.uordblks);
    print_number(" heap_peak=", heap.arena);
    print_number(" heap_refused=0 stack_peak=", main_stack_peak());
    print_number(" worker_stack_peak=", worker_stack_peak());
    print_number(" handler_stack_peak=0 longest_pass_ticks=", longest_pass);
    print_number(" busy_ticks=", busy);
    print_number(" asleep_ticks=", asleep);
    board_print("\n");
}

void meter_start(void) {
    COUNTER_RELOAD = UINT32_MAX;
    COUNTER_VALUE = UINT32_MAX;
    COUNTER_CONTROL = 1;
    start_anew();
}

void meter_sleep(void) {
    uint32_t from, until;

    /* A masked interrupt ends WFI as well; its handler runs, and counts as work, when the mask is lifted. */
    __asm__ volatile("cpsid i" ::: "memory");
    from = ticks();
    __asm__ volatile("dsb\n\twfi" ::: "memory");
    until = ticks();
    busy += from - since;
    asleep += until - from;
    since = until;
    __asm__ volatile("cpsie i" ::: "memory");
}

/* The linker puts it in the place of wm_port_wait, which it calls. */
void __real_wm_port_wait(uint32_t timeout);
void __wrap_wm_port_wait(uint32_t timeout) {
    uint32_t took = ticks() - pass_began;

    if (took > longest_pass)
        longest_pass = took;
    __real_wm_port_wait(timeout);
    pass_began = ticks();
}

void meter_answer(void) {
    switch (board_key()) {
    case 'r':
        report();
        break;
    case 'z':
        board_print("counting anew\n");
        start_anew();
        break;
    case 'q':
        report();
        board_exit(0);
        break;
    default:
        break;
    }
}

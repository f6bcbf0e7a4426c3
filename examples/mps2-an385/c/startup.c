/* From reset to main: data, bss, the vector table. */
#include <stdint.h>
#include <string.h>

#include "board.h"

extern uint8_t data_start[], data_end[], data_load[], bss_start[], bss_end[];
extern uint32_t stack_top[];

int main(void);

void reset(void) {
    memcpy(data_start, data_load, (size_t)(data_end - data_start));
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    board_exit(main());
}

/* A fault is a bug: the emulator ends with 1. */
static void fault(void) {
    board_print("fault\n");
    board_exit(1);
}

/* System exceptions, then the interrupts of the board: 13 is the Ethernet controller. */
__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
    (void (*)(void))stack_top, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, board_tick,
    fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, lan9118_interrupt,
};

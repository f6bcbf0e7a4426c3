/* From reset to the firmware: data, bss, the vector table. */
#include <stdint.h>
#include <string.h>

#include "board.h"

extern uint8_t data_start[], data_end[], data_load[], bss_start[], bss_end[];
extern uint32_t stack_top[];

void reset(void) {
    memcpy(data_start, data_load, (size_t)(data_end - data_start));
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    board_begin();
}

/* What the core pushes on the stack in use when an exception comes. */
struct frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

/* A fault is a bug: it says where it was, and ends the emulator with 1. Known to the assembler below, and so by its name to the linker: with
 * -flto a static function may be renamed. */
void board_fault(const struct frame *frame);
__attribute__((used)) void board_fault(const struct frame *frame) {
    board_print("fault at pc ");
    board_print_hexadecimal(frame->pc);
    board_print(", called from lr ");
    board_print_hexadecimal(frame->lr);
    board_print("\n");
    board_exit(1);
}

/* Bit 2 of the exception's lr tells the stack: a task's or the one of interrupts. */
__attribute__((naked)) static void fault(void) {
    __asm__ volatile("tst lr, #4\n ite eq\n mrseq r0, msp\n mrsne r0, psp\n b board_fault");
}

/* What an operating system takes. */
void board_supervisor_call(void) __attribute__((weak, alias("fault")));
void board_switch(void) __attribute__((weak, alias("fault")));

/* System exceptions, then the interrupts of the board: 13 is the Ethernet controller. */
__attribute__((section(".vectors"), used)) static void (*const vectors[])(void) = {
    (void (*)(void))stack_top, reset, fault, fault, fault, fault, fault, 0, 0, 0, 0,
    board_supervisor_call, fault, 0, board_switch, board_tick,
    fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, lan9118_interrupt,
};

/* The first instruction: a stack, then C. */
    .section .text.reset, "ax"
    .global reset
reset:
    lrw r14, stack_top
    jbsr begin

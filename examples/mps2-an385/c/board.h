/* The board below the example: console, clock, Ethernet. */
#ifndef BOARD_H
#define BOARD_H

#include "wm_ethernet.h"

/* Starts the millisecond clock. */
void board_start(void);
void board_tick(void);

/* Writes to the first UART, which is QEMU's standard output. */
void board_print(const char *text);

/* Ends QEMU with this exit status. */
void board_exit(int status);

/* Starts the Ethernet controller and describes it; NULL when there is none. */
const struct wm_ethernet *lan9118_start(void);
void lan9118_interrupt(void);

#endif

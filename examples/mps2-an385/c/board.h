/* The board below the example: console, clock, Ethernet. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "wm_ethernet.h"

/* What the reset handler calls when there is memory: the firmware. Does not return. */
void board_begin(void);

/* Starts the millisecond clock and the console. */
void board_start(void);
void board_tick(void);

/* The first UART, which is QEMU's standard output. */
void board_console_start(void);
void board_print(const char *text);
int board_key(void); /* -1: none was pressed */
void board_print_hexadecimal(uint32_t number);

/* The words that QEMU was given for the firmware, the first one its name. Returns how many; NULL follows the last one. */
int board_arguments(const char **words, int most);

/* Ends QEMU with this exit status. */
void board_exit(int status);

/* Seconds since 1970, and random bytes, 0 if there are any: the host's. */
int64_t board_unix_time(void);
int board_entropy(void *bytes, size_t length);

/* Starts the Ethernet controller and describes it; NULL when there is none. */
const struct wm_ethernet *lan9118_start(void);
void lan9118_interrupt(void);

/* The driver's word, in its interrupt, that a frame has come. */
void board_frame_waiting(void);

/* Exceptions of an operating system, if there is one. */
void board_supervisor_call(void);
void board_switch(void);

#endif

/* The devices of tests/w800/simulator, which its board.rs describes. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

struct devices {
    volatile uint32_t console, exit, clock, clock_upper, random, wait, unix_time, arguments;
    volatile uint32_t frame, discard, transmit_from, transmit;
};

#define DEVICES ((struct devices *)0x40000000)

#endif

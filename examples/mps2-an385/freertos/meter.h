/* How much of its time the processor sleeps, and a console that says so. */
#ifndef METER_H
#define METER_H

#include <stdint.h>

/* The most bytes of its stack that the task which calls main has had in use. */
uint32_t main_stack_peak(void);

/* The same of the task that does handshakes; 0: there is none. */
uint32_t worker_stack_peak(void);

/* Starts counting. */
void meter_start(void);

/* Sleeps until an interrupt: in the idle task. */
void meter_sleep(void);

/* Looks for a key: `r` reports, `z` counts anew, `q` reports and ends QEMU. */
void meter_answer(void);

#endif

/*
 * TLS handshakes in a task of their own: while a key is calculated, which can take a tenth of a second, lws_service serves everybody else.
 * Without it the task that calls lws_service does these steps itself, one at a time. There is one such task for all contexts.
 *
 * On FreeRTOS wm_handshakes_start of wm-sys/port/freertos_handshakes.c is all that is needed; elsewhere the firmware makes the task of the
 * three functions below it.
 */
#ifndef WM_HANDSHAKES_H
#define WM_HANDSHAKES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Makes the task. Its priority is lower than that of the task that calls lws_service; 6 KB of stack, in bytes, are enough. 0; -1: there is one
 * already, no memory for it, or a library without TLS.
 */
int wm_handshakes_start(unsigned priority, size_t stack);

/*
 * From here on steps are handed over. `wake` is called by the task that calls lws_service when there is one: it has the other task call
 * wm_handshakes_step, and does not wait for that. 0; -1: it was called before, no memory, or a library without TLS.
 */
int wm_handshakes_begin(void (*wake)(void));

/* Does the step that waits: 1; 0: none does. Called by one task; it uses heap, clocks, entropy and log of wm_port.h. */
int wm_handshakes_step(void);

/* By that task: from here on the other one does the steps itself. */
void wm_handshakes_end(void);

#ifdef __cplusplus
}
#endif

#endif

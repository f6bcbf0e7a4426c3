/*
 * The platform contract of wm-websockets, for firmware whose platform layer is written in C.
 *
 * The firmware implements every function below; the component calls them and supplies none of them, with one
 * exception: in a build with the feature `rust-heap` the three heap functions are supplied by Rust, and lwIP
 * calls them.
 *
 * "Any context" means: from every task and from interrupt handlers, with interrupts enabled or not.
 * "Task" means: from tasks only, from two at the same time where handshakes have one of their own (wm_handshakes.h). No function but
 * wm_port_wait may block.
 */
#ifndef WM_PORT_H
#define WM_PORT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Time ---------------------------------------------------------------------------------------------- */

/*
 * Milliseconds since the device started. Never goes backwards and does not wrap: a 32-bit tick must be
 * extended. Any context. Cannot fail.
 */
uint64_t wm_port_now(void);

/*
 * Seconds since 1970-01-01 00:00:00 UTC, or a negative number while nobody has told the device. May jump.
 * Any context.
 */
int64_t wm_port_unix_time(void);

/* ---- Entropy ------------------------------------------------------------------------------------------- */

/*
 * Fills bytes[0 .. length) with cryptographically secure random bytes. Returns 0 when all of them were
 * written, any other number when the source failed; the bytes are not used then. Task. May take as long as
 * the hardware generator takes for `length` bytes, seldom more than 64 at once.
 */
int wm_port_entropy(void *bytes, size_t length);

/* ---- Wait and wake ------------------------------------------------------------------------------------- */

/*
 * Blocks until wm_port_wake is called or `timeout` milliseconds have passed; may return early for no reason.
 * 0 returns at once, UINT32_MAX may be taken as "no limit". A wm_port_wake since the last return makes this
 * call return at once: a binary semaphore does exactly that. Task, and only the one that serves the
 * component.
 */
void wm_port_wait(uint32_t timeout);

/* Ends the current wm_port_wait, or the next one. Any context. Cannot fail. */
void wm_port_wake(void);

/* ---- Critical section ---------------------------------------------------------------------------------- */

/*
 * Keeps every other task and every interrupt handler that calls into this component from running, until
 * wm_port_unprotect. Returns the state to restore, so that calls nest: the interrupt mask before the call, as
 * a rule. On several cores it takes a lock besides. The section is held for microseconds. Any context.
 */
uint32_t wm_port_protect(void);

/* Ends the critical section that returned `state`. Called in reverse order of wm_port_protect. Any context. */
void wm_port_unprotect(uint32_t state);

/* ---- Log ----------------------------------------------------------------------------------------------- */

enum wm_port_log_level {
    WM_PORT_LOG_ERROR = 1,
    WM_PORT_LOG_WARN = 2,
    WM_PORT_LOG_INFO = 3,
    WM_PORT_LOG_DEBUG = 4,
    WM_PORT_LOG_TRACE = 5
};

/*
 * Takes one line of log: `length` bytes of UTF-8 at `line`, followed by a zero byte, without a line end. The
 * line begins with the name of the module that wrote it, and is not needed after the return. `level` is one
 * of enum wm_port_log_level. Task. Drop the line rather than block.
 */
void wm_port_log(int level, const char *line, size_t length);

/* ---- Heap ---------------------------------------------------------------------------------------------- */

/*
 * The heap of lwIP and, with the feature `c-heap`, of Rust. Blocks are aligned to 8 bytes. NULL means that
 * there is no room, which the component survives: it closes what asked. Task.
 */
void *wm_port_malloc(size_t size);

/* A zeroed block of `count` times `size` bytes; NULL also when the product overflows. Task. */
void *wm_port_calloc(size_t count, size_t size);

/* Gives a block back. NULL is allowed and does nothing. Task. */
void wm_port_free(void *block);

#ifdef __cplusplus
}
#endif

#endif /* WM_PORT_H */

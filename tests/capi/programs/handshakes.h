/* A thread of C11 that does the handshakes of TLS. */
#include <stdlib.h>
#include <threads.h>

#include "wm_handshakes.h"

static thrd_t handshakes_thread;
static mtx_t handshakes_lock;
static cnd_t handshakes_news;
static int handshakes_wait, handshakes_over, handshakes_done;

static inline void handshakes_wake(void) {
    mtx_lock(&handshakes_lock);
    handshakes_wait = 1;
    cnd_signal(&handshakes_news);
    mtx_unlock(&handshakes_lock);
}

/* Whether there is a step to do, sooner or later. */
static inline int handshakes_await(void) {
    int is_over;

    mtx_lock(&handshakes_lock);
    while (!handshakes_wait && !handshakes_over)
        cnd_wait(&handshakes_news, &handshakes_lock);
    handshakes_wait = 0;
    is_over = handshakes_over;
    mtx_unlock(&handshakes_lock);
    return !is_over;
}

static inline int handshakes_work(void *argument) {
    (void)argument;
    while (handshakes_await())
        handshakes_done += wm_handshakes_step();
    wm_handshakes_end();
    return 0;
}

static inline void handshakes_begin(void) {
    if (mtx_init(&handshakes_lock, mtx_plain) != thrd_success || cnd_init(&handshakes_news) != thrd_success ||
        wm_handshakes_begin(handshakes_wake) ||
        thrd_create(&handshakes_thread, handshakes_work, NULL) != thrd_success)
        abort();
}

/* How many steps it has done. */
static inline int handshakes_end(void) {
    mtx_lock(&handshakes_lock);
    handshakes_over = 1;
    cnd_signal(&handshakes_news);
    mtx_unlock(&handshakes_lock);
    thrd_join(handshakes_thread, NULL);
    return handshakes_done;
}

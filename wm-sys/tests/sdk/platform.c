/* port/wm_iot_sdk.c on the stand-in, whose time passes in waits only: prints the first thing that is not as wm_port.h says. */
#include "wm_port.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int failed(const char *what) {
    fprintf(stderr, "%s\n", what);
    return 1;
}

/* Milliseconds that a wait took. */
static uint64_t waited(uint32_t timeout) {
    uint64_t start = wm_port_now();

    wm_port_wait(timeout);
    return wm_port_now() - start;
}

int main(void) {
    unsigned char bytes[16] = { 0 }, zeros[16] = { 0 };

    /* lwIP's thread is there before the first wait. */
    wm_port_wake();
    if (waited(1000))
        return failed("a wake before the first wait was lost");
    if (waited(1000) != 1000)
        return failed("a wait without a wake did not last");
    wm_port_wake();
    wm_port_wake();
    if (waited(1000))
        return failed("a wake before the wait was lost");
    /* At most one wait too many ends early: the semaphore is binary. */
    waited(1000);
    if (waited(1000) != 1000)
        return failed("two wakes ended three waits");
    if (waited(0))
        return failed("a wait for nothing took time");
    if (!waited(1))
        return failed("a wait for less than a tick is none");
    if (waited(5000000) < 1000000)
        return failed("a wait of more than an hour lasts for what is left of it by an overflow");
    if (waited(UINT32_MAX) >= UINT32_MAX / 2)
        return failed("a wait sleeps through turns of the clock");
    if (wm_port_entropy(bytes, sizeof(bytes)) || !memcmp(bytes, zeros, sizeof(bytes)))
        return failed("no random bytes");
    if (wm_port_entropy(bytes, 0))
        return failed("no random bytes is an error");
    wm_port_free(wm_port_calloc(3, 5));
    wm_port_free(wm_port_malloc(1));
    wm_port_free(NULL);
    return 0;
}

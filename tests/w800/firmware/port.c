/* The platform contract on the simulator's devices. There are no interrupts: nothing happens but what the one task does. */
#include <stdlib.h>
#include <wm_port.h>

#include "board.h"

static int woken;

uint64_t wm_port_now(void) {
    uint32_t lower = DEVICES->clock;

    return (uint64_t)DEVICES->clock_upper << 32 | lower;
}

int64_t wm_port_unix_time(void) {
    return DEVICES->unix_time;
}

int wm_port_entropy(void *bytes, size_t length) {
    for (size_t i = 0; i < length; i++)
        ((uint8_t *)bytes)[i] = (uint8_t)DEVICES->random;
    return 0;
}

void wm_port_wait(uint32_t timeout) {
    if (!woken)
        DEVICES->wait = timeout;
    woken = 0;
}

void wm_port_wake(void) {
    woken = 1;
}

uint32_t wm_port_protect(void) {
    return 0;
}

void wm_port_unprotect(uint32_t state) {
    (void)state;
}

void wm_port_log(int level, const char *line, size_t length) {
    (void)level;
    for (size_t i = 0; i < length; i++)
        DEVICES->console = (uint8_t)line[i];
    DEVICES->console = '\n';
}

void *wm_port_malloc(size_t size) {
    return malloc(size);
}

void *wm_port_calloc(size_t count, size_t size) {
    return calloc(count, size);
}

void wm_port_free(void *block) {
    free(block);
}

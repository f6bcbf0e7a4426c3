/* The contract on a machine that exists only in this file, with a window for the test to look through. */
#include "wm_port.h"

#include <stdlib.h>
#include <string.h>

static uint64_t ticks = 1000;
static uint32_t depth;
static char last_line[256];
static int last_level;
static long blocks;

uint64_t wm_port_now(void) {
    return ticks;
}

int64_t wm_port_unix_time(void) {
    return ticks < 5000 ? -1 : 1700000000;
}

int wm_port_entropy(void *bytes, size_t length) {
    if (length > 64) {
        return -1;
    }
    memset(bytes, 0x5a, length);
    return 0;
}

void wm_port_wait(uint32_t timeout) {
    ticks += timeout;
}

void wm_port_wake(void) {
    ticks += 1;
}

uint32_t wm_port_protect(void) {
    return depth++;
}

void wm_port_unprotect(uint32_t state) {
    depth = state;
}

void wm_port_log(int level, const char *line, size_t length) {
    last_level = line[length] == '\0' && strlen(line) == length ? level : -1;
    memcpy(last_line, line, length + 1);
}

void *wm_port_malloc(size_t size) {
    void *block = malloc(size);
    blocks += block != NULL;
    return block;
}

void *wm_port_calloc(size_t count, size_t size) {
    void *block = calloc(count, size);
    blocks += block != NULL;
    return block;
}

void wm_port_free(void *block) {
    blocks -= block != NULL;
    free(block);
}

/* For the test. */
uint32_t test_critical_depth(void);
int test_last_level(void);
const char *test_last_line(void);
long test_blocks(void);

uint32_t test_critical_depth(void) {
    return depth;
}

int test_last_level(void) {
    return last_level;
}

const char *test_last_line(void) {
    return last_line;
}

long test_blocks(void) {
    return blocks;
}

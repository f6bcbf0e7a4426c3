/* What wm-sys/port/freertos.c leaves to the firmware: the date, random bytes, the log. */
#include "wm_port.h"

#include "board.h"

int64_t wm_port_unix_time(void) {
    static int64_t start;

    /* Asked once: the host answers slowly. A product asks SNTP, or its battery-backed clock. */
    if (!start)
        start = board_unix_time() - (int64_t)(wm_port_now() / 1000);
    return start + (int64_t)(wm_port_now() / 1000);
}

int wm_port_entropy(void *bytes, size_t length) {
    return board_entropy(bytes, length);
}

void wm_port_log(int level, const char *line, size_t length) {
    (void)level, (void)length;
    board_print(line);
    board_print("\n");
}

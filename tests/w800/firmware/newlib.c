/* What newlib asks a system for. */
#include "board.h"

#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/time.h>

extern uint8_t heap_start[], heap_end[];

void _exit(int code) {
    DEVICES->exit = (uint32_t)code;
    for (;;) {
    }
}

void *sbrk(ptrdiff_t increment) {
    static uint8_t *end = heap_start;
    uint8_t *before = end;

    if (increment > heap_end - end) {
        errno = ENOMEM;
        return (void *)-1;
    }
    end += increment;
    return before;
}

/* Files are the console. */
int write(int file, const char *text, int length) {
    (void)file;
    for (int i = 0; i < length; i++)
        DEVICES->console = (uint8_t)text[i];
    return length;
}

int read(int file, char *text, int length) {
    (void)file, (void)text, (void)length;
    return 0;
}

int close(int file) {
    (void)file;
    return -1;
}

int lseek(int file, int offset, int from) {
    (void)file, (void)offset, (void)from;
    return -1;
}

int isatty(int file) {
    (void)file;
    return 1;
}

int fstat(int file, struct stat *status) {
    (void)file;
    status->st_mode = S_IFCHR;
    return 0;
}

int kill(int process, int signal) {
    (void)process;
    _exit(128 + signal);
    return 0;
}

int getpid(void) {
    return 1;
}

int gettimeofday(struct timeval *time, void *zone) {
    (void)zone;
    time->tv_sec = (time_t)DEVICES->unix_time;
    time->tv_usec = 0;
    return 0;
}

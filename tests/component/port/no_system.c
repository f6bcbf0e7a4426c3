/* What newlib asks a system for, where there is none: firmware that is linked, not run. */
#include <stddef.h>

void *sbrk(ptrdiff_t increment) {
    (void)increment;
    return (void *)-1;
}

void _exit(int code) {
    (void)code;
    for (;;) {
    }
}

int kill(int process, int signal) {
    (void)process, (void)signal;
    return -1;
}

int getpid(void) {
    return 1;
}

int gettimeofday(void *time, void *zone) {
    (void)time, (void)zone;
    return -1;
}

int write(int file, const char *text, int length) {
    (void)file, (void)text;
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

int fstat(int file, void *status) {
    (void)file, (void)status;
    return -1;
}

/* From reset to main, and what newlib asks a system for. */
#include "board.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include "ethernet.h"

extern uint8_t data_start[], data_end[], data_load[], bss_start[], bss_end[], heap_start[], heap_end[];

int main(int argc, const char **argv);
void begin(void);

void _exit(int code) {
    DEVICES->exit = (uint32_t)code;
    for (;;) {
    }
}

/* The words that the simulator was given: how many, the firmware's name included. */
static int words(const char **arguments, int most) {
    static char text[256];
    size_t length = 0;
    int count = 1;

    arguments[0] = "firmware";
    while (count < most) {
        arguments[count] = text + length;
        do {
            if (length == sizeof(text))
                return count;
            text[length] = (char)DEVICES->arguments;
        } while (text[length++]);
        if (!*arguments[count])
            break;
        count++;
    }
    return count;
}

void begin(void) {
    static const char *arguments[16];

    memcpy(data_start, data_load, (size_t)(data_end - data_start));
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    ethernet_attach();
    _exit(main(words(arguments, 16), arguments));
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

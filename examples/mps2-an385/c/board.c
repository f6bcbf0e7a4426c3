/* What every C firmware on this board has: the console, the debugger's services, and newlib's few needs. */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* The first UART of the CMSDK. */
#define UART_DATA    REGISTER(0x40004000)
#define UART_STATE   REGISTER(0x40004004)
#define UART_CONTROL REGISTER(0x40004008)
#define UART_DIVIDER REGISTER(0x40004010)

/* A service of the debugger, QEMU here. */
static int semihosting(int operation, const void *argument) {
    register int result __asm__("r0") = operation;
    register const void *parameter __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xab" : "+r"(result) : "r"(parameter) : "memory");
    return result;
}

enum { SYS_OPEN = 0x01, SYS_CLOSE = 0x02, SYS_READ = 0x06, SYS_TIME = 0x11, SYS_GET_CMDLINE = 0x15, SYS_EXIT_EXTENDED = 0x20 };

void board_console_start(void) {
    UART_DIVIDER = 16;
    UART_CONTROL = 3;
}

void board_print(const char *text) {
    for (; *text; text++) {
        while (UART_STATE & 1) {
        }
        UART_DATA = (uint8_t)*text;
    }
}

int board_key(void) {
    return UART_STATE & 2 ? (int)(UART_DATA & 0xff) : -1;
}

void board_print_hexadecimal(uint32_t number) {
    char text[] = "0x00000000", *digit;

    for (digit = text + sizeof(text) - 2; number; number >>= 4)
        *digit-- = "0123456789abcdef"[number & 15];
    board_print(text);
}

int board_arguments(const char **words, int most) {
    static char line[128];
    uint32_t block[2] = { (uint32_t)line, sizeof(line) };
    int count = 0;
    char *next = line;

    if (semihosting(SYS_GET_CMDLINE, block))
        line[0] = 0;
    while (*next && count < most - 1) {
        words[count++] = next;
        next += strcspn(next, " ");
        if (*next)
            *next++ = 0;
    }
    words[count] = NULL;
    return count;
}

void board_exit(int status) {
    uint32_t block[2] = { 0x20026, (uint32_t)status };

    semihosting(SYS_EXIT_EXTENDED, block);
    for (;;) {
    }
}

int64_t board_unix_time(void) {
    return (uint32_t)semihosting(SYS_TIME, NULL);
}

/* A product asks its random number generator; this board asks the machine it is emulated on. */
int board_entropy(void *bytes, size_t length) {
    static const char path[] = "/dev/urandom";
    uint32_t open[3] = { (uint32_t)path, 1, sizeof(path) - 1 };
    int file = semihosting(SYS_OPEN, open), left;
    uint32_t read[3] = { (uint32_t)file, (uint32_t)bytes, length }, close[1] = { (uint32_t)file };

    if (file < 0)
        return -1;
    left = semihosting(SYS_READ, read);
    semihosting(SYS_CLOSE, close);
    return left;
}

/* newlib's malloc takes its memory here. */
void *_sbrk(ptrdiff_t more) {
    extern char heap_start[], heap_end[];
    static char *end = heap_start;
    char *before = end;

    if (more > heap_end - end) {
        errno = ENOMEM;
        return (void *)-1;
    }
    end += more;
    return before;
}

/* From reset to main. */
#include "board.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "ethernet.h"

extern uint8_t data_start[], data_end[], data_load[], bss_start[], bss_end[];

int main(int argc, const char **argv);
void begin(void);

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

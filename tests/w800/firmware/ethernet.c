#include "ethernet.h"

#include <string.h>
#include <wm_ethernet.h>

#include "board.h"

static int transmit(void *driver, const struct wm_ethernet_piece *pieces, size_t count) {
    static uint8_t frame[1514];
    size_t length = 0;

    (void)driver;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].length > sizeof(frame) - length)
            return -1;
        memcpy(frame + length, pieces[i].bytes, pieces[i].length);
        length += pieces[i].length;
    }
    DEVICES->transmit_from = (uint32_t)(uintptr_t)frame;
    DEVICES->transmit = (uint32_t)length;
    return (int)DEVICES->transmit;
}

static size_t pending(void *driver) {
    (void)driver;
    return DEVICES->frame;
}

static void receive(void *driver, uint8_t *frame, size_t length) {
    (void)driver, (void)length;
    DEVICES->frame = (uint32_t)(uintptr_t)frame;
}

static void discard(void *driver) {
    (void)driver;
    DEVICES->discard = 1;
}

static const struct wm_ethernet ethernet = {
    .hardware_address = { 0x02, 0x57, 0x4d, 0x00, 0x00, 0x01 },
    .address = { 10, 0, 2, 15 },
    .netmask = { 255, 255, 255, 0 },
    .gateway = { 10, 0, 2, 2 },
    .transmit = transmit,
    .pending = pending,
    .receive = receive,
    .discard = discard,
};

void ethernet_attach(void) {
    wm_ethernet_attach(&ethernet);
}

/* Driver of the LAN9118: FIFOs accessed word by word, one interrupt that says that frames are waiting. */
#include <string.h>

#include "board.h"

#define LAN9118(offset) (*(volatile uint32_t *)(0x40200000u + (offset)))
#define RECEIVE_DATA      LAN9118(0x00)
#define TRANSMIT_DATA     LAN9118(0x20)
#define RECEIVE_STATUS    LAN9118(0x40)
#define IDENTITY          LAN9118(0x50)
#define INTERRUPT_CONFIG  LAN9118(0x54)
#define INTERRUPT_STATUS  LAN9118(0x58)
#define INTERRUPT_ENABLE  LAN9118(0x5c)
#define FIFO_LEVELS       LAN9118(0x68)
#define RECEIVE_CONFIG    LAN9118(0x6c)
#define TRANSMIT_CONFIG   LAN9118(0x70)
#define HARDWARE_CONFIG   LAN9118(0x74)
#define RECEIVE_INFO      LAN9118(0x7c)
#define TRANSMIT_INFO     LAN9118(0x80)
#define MAC_COMMAND       LAN9118(0xa4)
#define MAC_DATA          LAN9118(0xa8)

#define FRAME_WAITING (1u << 3)
#define RECEIVE_ERROR (1u << 15)
#define FIRST_SEGMENT (1u << 13)
#define LAST_SEGMENT  (1u << 12)
#define MAC_BUSY (1u << 31)
#define MAC_READ (1u << 30)
#define MAC_CONTROL 1
#define FULL_DUPLEX (1u << 20)
/* By these hosts ask for an IPv6 address. lwIP drops what is for others. */
#define ALL_MULTICASTS (1u << 19)
#define MAC_TRANSMIT (1u << 3)
#define MAC_RECEIVE (1u << 2)

/* The nested vectored interrupt controller: enables interrupt 13. */
#define INTERRUPT_SET_ENABLE (*(volatile uint32_t *)0xe000e100u)

enum { CHECK_SEQUENCE = 4, HEADER = 14, LONGEST = 1514, COMMANDS = 8 };

static volatile int interrupted;
static size_t oldest;

static uint32_t words(size_t bytes) {
    return (uint32_t)(bytes + 3) / 4;
}

static void skip(size_t bytes) {
    uint32_t count = words(bytes);

    while (count--)
        (void)RECEIVE_DATA;
}

static uint32_t read_mac(uint32_t number) {
    MAC_COMMAND = MAC_BUSY | MAC_READ | number;
    while (MAC_COMMAND & MAC_BUSY) {
    }
    return MAC_DATA;
}

static void write_mac(uint32_t number, uint32_t value) {
    MAC_DATA = value;
    MAC_COMMAND = MAC_BUSY | number;
    while (MAC_COMMAND & MAC_BUSY) {
    }
}

static void write_piece(const struct wm_ethernet_piece *piece, uint32_t flags, size_t length) {
    const uint8_t *bytes = piece->bytes, *end = bytes + piece->length;
    uint32_t word = 0;

    TRANSMIT_DATA = flags | (uint32_t)piece->length;
    TRANSMIT_DATA = (uint32_t)length;
    for (; end - bytes >= 4; bytes += 4) {
        memcpy(&word, bytes, 4); /* one instruction */
        TRANSMIT_DATA = word;
    }
    if (bytes != end) {
        memcpy(&word, bytes, (size_t)(end - bytes));
        TRANSMIT_DATA = word;
    }
}

static int transmit(void *driver, const struct wm_ethernet_piece *pieces, size_t count) {
    size_t length = 0, needed = 0, n;

    (void)driver;
    for (n = 0; n < count; n++) {
        length += pieces[n].length;
        needed += COMMANDS + 4 * words(pieces[n].length);
    }
    if (!count || length > LONGEST || needed > (TRANSMIT_INFO & 0xffff))
        return -1;
    for (n = 0; n < count; n++)
        write_piece(&pieces[n], (n ? 0 : FIRST_SEGMENT) | (n + 1 == count ? LAST_SEGMENT : 0), length);
    return 0;
}

/* After an interrupt: acknowledge, look at the FIFO again, enable. A frame before the acknowledgement interrupts no more. */
static int is_waiting(void) {
    if (RECEIVE_INFO >> 16 & 0xff)
        return 1;
    if (!interrupted)
        return 0;
    interrupted = 0;
    INTERRUPT_STATUS = FRAME_WAITING;
    INTERRUPT_ENABLE = FRAME_WAITING;
    return (RECEIVE_INFO >> 16 & 0xff) != 0;
}

static size_t pending(void *driver) {
    (void)driver;
    while (!oldest && is_waiting()) {
        uint32_t status = RECEIVE_STATUS;
        size_t length = status >> 16 & 0x3fff;

        if (!(status & RECEIVE_ERROR) && length >= HEADER + CHECK_SEQUENCE)
            oldest = length;
        else
            skip(length);
    }
    return oldest ? oldest - CHECK_SEQUENCE : 0;
}

static void receive(void *driver, uint8_t *frame, size_t length) {
    uint8_t *end = frame + length;
    uint32_t word;

    (void)driver;
    for (; end - frame >= 4; frame += 4) {
        word = RECEIVE_DATA;
        memcpy(frame, &word, 4);
    }
    if (frame != end) {
        word = RECEIVE_DATA;
        memcpy(frame, &word, (size_t)(end - frame));
    }
    skip(oldest - 4 * words(length) > oldest ? 0 : oldest - 4 * words(length));
    oldest = 0;
}

static void discard(void *driver) {
    (void)driver;
    skip(oldest);
    oldest = 0;
}

void lan9118_interrupt(void) {
    INTERRUPT_ENABLE = 0;
    interrupted = 1;
    board_frame_waiting();
}

/* Without addresses: QEMU's user network gives them. */
static struct wm_ethernet ethernet = {
    .transmit = transmit,
    .pending = pending,
    .receive = receive,
    .discard = discard,
    .host_name = "mps2-an385",
};

const struct wm_ethernet *lan9118_start(void) {
    uint32_t low, high;

    if (IDENTITY >> 16 != 0x0118)
        return NULL;
    HARDWARE_CONFIG = 1;
    while (HARDWARE_CONFIG & 1) {
    }
    HARDWARE_CONFIG = 1u << 20 | 5u << 16;
    low = read_mac(3);
    high = read_mac(2);
    memcpy(ethernet.hardware_address, &low, 4);
    memcpy(ethernet.hardware_address + 4, &high, 2);
    write_mac(7, 1u << 12 | 1u << 9);
    write_mac(6, 1u << 11 | 1u << 1 | 1u);
    write_mac(MAC_CONTROL, FULL_DUPLEX | ALL_MULTICASTS | MAC_TRANSMIT | MAC_RECEIVE);
    TRANSMIT_CONFIG = 1u << 1 | 1u << 2;
    RECEIVE_CONFIG = 0;
    FIFO_LEVELS = 0;
    INTERRUPT_CONFIG = 0x111;
    INTERRUPT_STATUS = 0xffffffff;
    INTERRUPT_ENABLE = FRAME_WAITING;
    INTERRUPT_SET_ENABLE = 1u << 13;
    return &ethernet;
}

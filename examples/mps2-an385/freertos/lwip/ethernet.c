/* The board's Ethernet as an interface of lwIP: a task of the highest priority takes frames out of the controller. */
#include "ethernet.h"

#include <string.h>

#include "lwip/etharp.h"
#include "lwip/tcpip.h"

#include "FreeRTOS.h"
#include "task.h"

#include "board.h"

/* What FreeRTOS may be called from. */
#define INTERRUPT_PRIORITY (*(volatile uint8_t *)(0xe000e400u + 13))

/* The shortest frame is what lwIP relies on: it looks at a header before it compares its length with the frame's. */
enum { MOST_PIECES = 8, MTU = 1500, SHORTEST = 60, STACK_WORDS = 384 };

static const struct wm_ethernet *driver;
static struct netif netif;
static TaskHandle_t receiver;

static err_t send(const struct wm_ethernet_piece *pieces, size_t count) {
    return driver->transmit(driver->driver, pieces, count) ? ERR_BUF : ERR_OK;
}

/* A frame of more pieces than the driver is given. */
static err_t transmit_copy(const struct pbuf *frame) {
    struct pbuf *copy = pbuf_alloc(PBUF_RAW, frame->tot_len, PBUF_RAM);
    err_t result;

    if (!copy)
        return ERR_MEM;
    pbuf_copy(copy, frame);
    result = send(&(struct wm_ethernet_piece){ copy->payload, copy->len }, 1);
    pbuf_free(copy);
    return result;
}

static err_t transmit(struct netif *to, struct pbuf *frame) {
    struct wm_ethernet_piece pieces[MOST_PIECES];
    struct pbuf *part;
    size_t count = 0;

    (void)to;
    for (part = frame; part && count < MOST_PIECES; part = part->next)
        pieces[count++] = (struct wm_ethernet_piece){ part->payload, part->len };
    return part ? transmit_copy(frame) : send(pieces, count);
}

static err_t initialize(struct netif *interface) {
    interface->name[0] = 'e';
    interface->name[1] = 'n';
    interface->mtu = MTU;
    interface->hwaddr_len = sizeof(driver->hardware_address);
    memcpy(interface->hwaddr, driver->hardware_address, sizeof(driver->hardware_address));
    interface->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    interface->output = etharp_output;
    interface->linkoutput = transmit;
    return ERR_OK;
}

/* One byte more than a frame has, a zero: where a TCP header's last byte begins an option lwIP looks for its length behind the header, and so
 * perhaps behind the frame. */
static struct pbuf *room_for(size_t length) {
    u16_t padded = (u16_t)(length < SHORTEST ? SHORTEST : length);
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, padded + 1, PBUF_RAM);

    if (!frame)
        return NULL;
    memset((uint8_t *)frame->payload + length, 0, padded + 1 - length);
    frame->len = frame->tot_len = padded;
    return frame;
}

static void receive(void *argument) {
    size_t length;

    (void)argument;
    for (;;) {
        while ((length = driver->pending(driver->driver)) != 0) {
            struct pbuf *frame = room_for(length);

            if (!frame) {
                driver->discard(driver->driver);
                continue;
            }
            driver->receive(driver->driver, frame->payload, length);
            if (netif.input(frame, &netif) != ERR_OK)
                pbuf_free(frame);
        }
        ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    }
}

void board_frame_waiting(void) {
    BaseType_t must_switch = pdFALSE;

    /* The task looks by itself when it starts. */
    if (receiver)
        vTaskNotifyGiveFromISR(receiver, &must_switch);
    portYIELD_FROM_ISR(must_switch);
}

void ethernet_start(void) {
    ip4_addr_t address, netmask, gateway;

    INTERRUPT_PRIORITY = configMAX_SYSCALL_INTERRUPT_PRIORITY;
    driver = lan9118_start();
    if (!driver)
        firmware_failed("no LAN9118: start QEMU with -nic ...,model=lan9118", 0);
    /* The addresses of QEMU's user network. */
    IP4_ADDR(&address, 10, 0, 2, 15);
    IP4_ADDR(&netmask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 10, 0, 2, 2);
    netif_add(&netif, &address, &netmask, &gateway, NULL, initialize, tcpip_input);
    netif_set_default(&netif);
    netif_set_up(&netif);
    if (xTaskCreate(receive, "ethernet", STACK_WORDS, NULL, configMAX_PRIORITIES - 1, &receiver) != pdPASS)
        firmware_failed("no memory for the driver's task", 0);
}

/*
 * An Ethernet interface for wm-websockets, as a driver written in C offers it. A firmware whose lwIP has its interface already
 * (feature `external`) needs none of this.
 */
#ifndef WM_ETHERNET_H
#define WM_ETHERNET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A part of a frame. */
struct wm_ethernet_piece {
    const uint8_t *bytes;
    size_t length;
};

/*
 * The driver, and the interface's addresses: IPv4 in the order of the wire, 0 where there is none. With the feature `dhcp` of the library an
 * interface without an address asks the network for all of them, under the name `host_name`, which may be NULL: letters, digits and hyphens,
 * 63 at most. Frames come without their check sequence; with IPv6, those to multicast addresses too, by which hosts ask for the device's.
 * Every function gets `driver` and does not block. They are called one at a time, in the task that calls lws_service; where lwIP has its own
 * thread (NO_SYS=0), in that thread too.
 */
struct wm_ethernet {
    void *driver;
    uint8_t hardware_address[6];
    uint8_t address[4];
    uint8_t netmask[4];
    uint8_t gateway[4];

    /* Sends the pieces as one frame: 0, or another number when there is no room for it now. */
    int (*transmit)(void *driver, const struct wm_ethernet_piece *pieces, size_t count);

    /* The length of the oldest frame received, 0 when there is none. */
    size_t (*pending)(void *driver);

    /* Moves that frame to `frame`, which takes exactly `length` bytes, the number that `pending` gave. */
    void (*receive)(void *driver, uint8_t *frame, size_t length);

    /* Drops that frame, for want of memory. */
    void (*discard)(void *driver);

    const char *host_name;

    /* Whether something is at the other end of the cable; NULL where the driver cannot tell. Asked whenever no frame is pending, and so
     * often: the driver answers what it knows, and calls wm_port_wake when it learns of a change. */
    int (*is_link_up)(void *driver);
};

/*
 * The interface of the contexts that lws_create_context makes from now on; NULL for none. It is referred to, not copied. The driver's
 * interrupt handler calls wm_port_wake when a frame has arrived.
 */
void wm_ethernet_attach(const struct wm_ethernet *ethernet);

struct lws_context;

/*
 * The interface's IPv4 address: 0, or -1 while it has none, within callbacks, and where the firmware drives lwIP's interface itself. Like all
 * that takes a context, in the task that calls lws_service.
 */
int wm_ethernet_address(struct lws_context *context, uint8_t address[4]);

#ifdef __cplusplus
}
#endif

#endif /* WM_ETHERNET_H */

/* The board's Ethernet as an interface of lwIP. */
#ifndef ETHERNET_H
#define ETHERNET_H

/* Adds the interface and starts its task. In lwIP's thread; does not return without a controller. */
void ethernet_start(void);

#endif

/* The simulator's Ethernet interface. */
#ifndef ETHERNET_H
#define ETHERNET_H

/* Makes it the interface of the contexts to come, with the address that the user-mode network gives. */
void ethernet_attach(void);

#endif

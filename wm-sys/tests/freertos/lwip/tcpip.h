#ifndef LWIP_TCPIP_H
#define LWIP_TCPIP_H

#define LWIP_TCPIP_CORE_LOCKING 0

#endif

/* The configuration of this project's lwIP: its own, so that a build that takes another one does not go unnoticed. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#include "wmsdk_config.h"
#include "wm_types.h"

#define NO_SYS                  1
#define SYS_LIGHTWEIGHT_PROT    0
#define LWIP_NETCONN            0
#define LWIP_SOCKET             0

#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#define MEM_ALIGNMENT   8

#define LWIP_DNS  1
#define LWIP_DHCP 1

#define TCP_MSS            1000
#define TCP_WND            (3 * TCP_MSS)
#define TCP_SND_BUF        (3 * TCP_MSS)
#define TCP_LISTEN_BACKLOG 1
#define MEMP_NUM_TCP_PCB   7

/* One field more in struct netif than in this repository's configuration. */
#define LWIP_NETIF_HOSTNAME 1

#endif /* LWIPOPTS_H */

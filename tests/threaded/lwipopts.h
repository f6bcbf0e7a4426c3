/* lwIP in a thread of its own: a configuration that the build refuses. */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS      0
#define LWIP_SOCKET 0

#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#define MEM_ALIGNMENT   8

#define LWIP_DNS           1
#define TCP_LISTEN_BACKLOG 1
#define LWIP_NETIF_HOSTNAME 1

#endif /* LWIPOPTS_H */

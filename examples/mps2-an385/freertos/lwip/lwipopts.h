/*
 * lwIP as firmware with an operating system has it: in a thread of its own, to which others send what it is to do. With
 * LWIP_TCPIP_CORE_LOCKING=1 they take a lock instead.
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

#define NO_SYS 0
#ifndef LWIP_TCPIP_CORE_LOCKING
#define LWIP_TCPIP_CORE_LOCKING 0
#endif
#define SYS_LIGHTWEIGHT_PROT 1
#define LWIP_NETCONN         0
#define LWIP_SOCKET          0

/* Above the tasks that use it, below the driver's. The stack is in bytes, and the component's part of the work is done on it too: while
 * clients had messages echoed, 544 were in use. */
#define TCPIP_THREAD_PRIO      4
#define TCPIP_THREAD_STACKSIZE 2048
#define TCPIP_MBOX_SIZE        32

/* lwIP itself finds out who enters it from another thread. */
#define LWIP_MARK_TCPIP_THREAD()  sys_mark_core()
#define LWIP_ASSERT_CORE_LOCKED() sys_assert_core(__FILE__, __LINE__)

/* FreeRTOS' heap is everybody's. lwIP would then ignore every MEMP_NUM_*, and remember each connection that has ended for two minutes: clients
 * that come and go, eleven a second, would eat the heap up. lwip-sys/port/memp.c, which rtos.cmake has in the place of lwIP's own, keeps them as
 * bounds; where the oldest of what is over has to go then, it goes. */
#define MEM_LIBC_MALLOC 1
#define MEMP_MEM_MALLOC 1
#define LWIP_PORT_MEMP  1
#define MEM_ALIGNMENT   8
#define mem_clib_malloc wm_port_malloc
#define mem_clib_calloc wm_port_calloc
#define mem_clib_free   wm_port_free

/* Clients, and a few that are about to go. */
#define MEMP_NUM_TCP_PCB   24
/* For each four segments on the way, and as many pbufs that point to what is in flash. */
#define MEMP_NUM_TCP_SEG   96
#define MEMP_NUM_PBUF      96
/* As many frames as the mailbox takes. */
#define MEMP_NUM_TCPIP_MSG_INPKT TCPIP_MBOX_SIZE
#define TCP_LISTEN_BACKLOG 1
#define TCP_MSS            1460
#define TCP_WND            (4 * TCP_MSS)
#define TCP_SND_BUF        (4 * TCP_MSS)
#define TCP_OVERSIZE       128
#define PBUF_POOL_SIZE     0

#define LWIP_DNS 1
/* Sequence numbers that nobody can guess. */
#define LWIP_HOOK_FILENAME "wm_tcp_isn.h"
/* A field more in struct netif than in this repository's configuration: a binding to another one does not go unnoticed. */
#define LWIP_NETIF_HOSTNAME 1

#endif

/*
 * The lwIP configuration of this repository: an HTTP and WebSocket server with up to 64 clients on a
 * device with 256 KB of RAM, single-threaded, raw API.
 *
 * A product copies this file and points LWIPOPTS_DIR at its folder. What is inside #ifndef can also be
 * set for one build: LWIP_DEFINES="MEMP_NUM_TCP_PCB=16 LWIP_NOASSERT". Sizes in bytes are for a 32-bit
 * target, IPv4 only. What is not mentioned has lwIP's default.
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

/* ---- System ------------------------------------------------------------------------------------------- */

/* 1: no threads, everything runs in the task that calls the component. 0: lwIP runs in its own thread, entered under the core lock
 * (LWIP_TCPIP_CORE_LOCKING=1, the default) or by message. This costs a thread, and a change of tasks or a lock at every entry. */
#ifndef NO_SYS
#define NO_SYS 1
#endif
/* SYS_ARCH_PROTECT is a critical section (the crate critical-section), so that pbufs may be freed in
 * interrupts. With NO_SYS=0 the application's task frees what lwIP's thread has received: there it must be on. */
#ifndef SYS_LIGHTWEIGHT_PROT
#define SYS_LIGHTWEIGHT_PROT 1
#endif
/* The raw API only: netconns and sockets need threads. */
#define LWIP_NETCONN 0
#define LWIP_SOCKET  0
/* With NO_SYS=1 there is one context, and wm-websockets' Core token is the proof of being in it. With threads lwip-sys checks it. */
#if NO_SYS
#define LWIP_ASSERT_CORE_LOCKED()
#else
#define LWIP_MARK_TCPIP_THREAD()  lwip_port_mark_tcpip_thread()
#define LWIP_ASSERT_CORE_LOCKED() lwip_port_assert_core_locked(__FILE__, __LINE__)
#define TCPIP_MBOX_SIZE 32
#endif
/* Assertions are on: a failed one means memory corruption or a misuse of the API, never bad input. They cost
 * 9 KB of flash. LWIP_DEFINES=LWIP_NOASSERT removes them. */

/* ---- Memory ------------------------------------------------------------------------------------------- */

/* One heap for lwIP and Rust: what one does not use, the other can. Trees differ in how to say so; the
 * build looks into opt.h and defines LWIP_TREE_HAS_MEM_CUSTOM_ALLOCATOR for the newer way. */
#ifdef LWIP_TREE_HAS_MEM_CUSTOM_ALLOCATOR
#define MEM_CUSTOM_ALLOCATOR 1
#define MEM_CUSTOM_MALLOC    wm_port_malloc
#define MEM_CUSTOM_CALLOC    wm_port_calloc
#define MEM_CUSTOM_FREE      wm_port_free
#else
#define MEM_LIBC_MALLOC 1
#define mem_clib_malloc wm_port_malloc
#define mem_clib_calloc wm_port_calloc
#define mem_clib_free   wm_port_free
#endif
/* Bytes. The word size of the target. */
#define MEM_ALIGNMENT __SIZEOF_POINTER__

/* Pool elements come from that heap too and cost nothing while unused. lwIP would then ignore every
 * MEMP_NUM_*; port/memp.c of lwip-sys keeps them as bounds, for the reasons it gives. With
 * MEMP_MEM_MALLOC=0, lwIP's static pools: no fragmentation, but all of it is occupied from the start: 23 KB
 * with the numbers below. */
#ifndef MEMP_MEM_MALLOC
#define MEMP_MEM_MALLOC 1
#endif
#ifndef LWIP_PORT_MEMP
#define LWIP_PORT_MEMP MEMP_MEM_MALLOC
#endif

/* Segments that port/memp.c has beside the heap, for as many writes under way at the same time: 16 bytes
 * each. A request takes two calls of the heap less. */
#ifndef LWIP_PORT_STATIC_SEGMENTS
#define LWIP_PORT_STATIC_SEGMENTS 4
#endif

/* Connections in any state, closing ones and TIME_WAIT included: 64 clients, and 16 that are about to go.
 * When they are used up, lwIP gives up the oldest in TIME_WAIT, then LAST_ACK, then CLOSING, then one of
 * lower priority than the new one: connections that are only being closed should have TCP_PRIO_MIN.
 * 164 bytes each. */
#ifndef MEMP_NUM_TCP_PCB
#define MEMP_NUM_TCP_PCB 80
#endif
/* Listeners: HTTP, HTTPS and two more. 32 bytes each. */
#ifndef MEMP_NUM_TCP_PCB_LISTEN
#define MEMP_NUM_TCP_PCB_LISTEN 4
#endif
/* Segments that wait to be sent, acknowledged or put in order, of all connections. 16 bytes each, without
 * the data. Enough for every client to have four on the way. */
#ifndef MEMP_NUM_TCP_SEG
#define MEMP_NUM_TCP_SEG 320
#endif
/* Pbufs that only point to data (in flash), of all connections. 16 bytes each. */
#ifndef MEMP_NUM_PBUF
#define MEMP_NUM_PBUF 256
#endif
/* No pbuf pool: drivers allocate a PBUF_RAM of the frame's exact length, so that a WebSocket frame of 100
 * bytes that waits for its handler holds 200 and not 1,600. A driver that receives by DMA into pool pbufs
 * sets it. */
#ifndef PBUF_POOL_SIZE
#define PBUF_POOL_SIZE 0
#endif
/* Bytes in front of each Ethernet header. 2 aligns the IP header, for a CPU that needs it and a driver
 * that knows. */
#ifndef ETH_PAD_SIZE
#define ETH_PAD_SIZE 0
#endif

/* ---- TCP ---------------------------------------------------------------------------------------------- */

#define LWIP_TCP 1
/* Bytes of data in a segment: Ethernet's 1,500 less IPv4's and TCP's headers. lwIP lowers it on IPv6. */
#ifndef TCP_MSS
#define TCP_MSS 1460
#endif
/* Bytes that a peer may have on the way to us before we have consumed them, at most 65,535. The worst
 * case for the heap is this for each connection; 4 x MSS carry 580 KB/s at a round trip of 10 ms. */
#ifndef TCP_WND
#define TCP_WND (4 * TCP_MSS)
#endif
/* Bytes that a connection may have unacknowledged, copies of what tcp_write got: the price of a slow
 * client. */
#ifndef TCP_SND_BUF
#define TCP_SND_BUF (4 * TCP_MSS)
#endif
/* Pbufs of those: many small messages reach this bound before the other. */
#ifndef TCP_SND_QUEUELEN
#define TCP_SND_QUEUELEN 16
#endif
/* Ports of connections that we begin, from one drawn at the start onwards. lwIP's own macro may draw the
 * last, 65535, behind which its count goes on with 0, which is none, and 1. */
#ifndef TCP_LOCAL_PORT_RANGE_START
#define TCP_LOCAL_PORT_RANGE_START 0xc000
#define TCP_LOCAL_PORT_RANGE_END   0xffff
#define TCP_ENSURE_LOCAL_PORT_RANGE(port) \
    ((u16_t)((port) % (TCP_LOCAL_PORT_RANGE_END - TCP_LOCAL_PORT_RANGE_START) + TCP_LOCAL_PORT_RANGE_START))
#endif
/* Bytes that tcp_write allocates ahead, so that a frame's header and its payload share a pbuf. lwIP's
 * default, a whole segment, would make each small WebSocket message cost 1.5 KB until it is acknowledged. */
#ifndef TCP_OVERSIZE
#define TCP_OVERSIZE 128
#endif

/* Segments that arrive ahead of a lost one are kept: a loss then costs one segment again, not all that
 * follow. */
#ifndef TCP_QUEUE_OOSEQ
#define TCP_QUEUE_OOSEQ 1
#endif
#if TCP_QUEUE_OOSEQ
/* Their bound for each connection, in bytes and in pbufs (tiny segments cost more than their bytes). */
#define TCP_OOSEQ_MAX_BYTES (3 * TCP_MSS)
#define TCP_OOSEQ_MAX_PBUFS 6
#endif

/* Half-open and not yet accepted connections of one listener are bounded: further SYNs are dropped, and
 * the peers try again. A half-open one goes after 20 s. */
#define TCP_LISTEN_BACKLOG         1
#define TCP_DEFAULT_LISTEN_BACKLOG 8

/* A listener may take a port on which connections are still closing: a server that restarts is not locked out for the
 * 30 s of their TIME_WAIT. Two listeners on one port stay an error. 60 bytes of flash. */
#define SO_REUSE 1

/* Keep-alive is off until a connection sets SOF_KEEPALIVE; idle time, interval and count can be set for each.
 * These are the values without that: a peer that vanished is noticed after 60 + 3 x 10 s. Milliseconds. */
#define LWIP_TCP_KEEPALIVE    1
#define TCP_KEEPIDLE_DEFAULT  60000UL
#define TCP_KEEPINTVL_DEFAULT 10000UL
#define TCP_KEEPCNT_DEFAULT   3U

/* Milliseconds between two runs of TCP's timer: delayed ACKs wait for one, retransmission and poll
 * callbacks count pairs. It runs only while there are connections. */
#define TCP_TMR_INTERVAL 250

/* Milliseconds that a segment may live in the network. The side that closes first keeps its PCB for twice
 * that long (TIME_WAIT), and an unanswered last FIN is given up after twice that long. lwIP's 60 s would
 * keep the 16 spare PCBs of a busy server always full, and its heap with them; after 30 s nothing of the
 * connection is on its way in the networks of such a device. MEMP_NUM_TCP_PCB bounds the memory in any
 * case: when it is reached, the oldest TIME_WAIT ends early, and a late duplicate of that connection is
 * answered with RST. */
#ifndef TCP_MSL
#define TCP_MSL 15000UL
#endif

/* Retransmissions before the peer counts as gone, and probes of a closed window that it leaves unanswered.
 * With the timeout of a LAN (1.5 s, doubled each time) that is 190 s; RFC 9293 section 3.8.3 wants at least
 * 100 s. lwIP's 12 would hold a vanished client's data for 19 minutes. */
#define TCP_MAXRTX 7

/* Ten bytes a segment and eight a PCB, to protect windows larger than ours. */
#define LWIP_TCP_TIMESTAMPS 0
#define LWIP_WND_SCALE      0

/* ---- IPv4 and Ethernet -------------------------------------------------------------------------------- */

#define LWIP_IPV4 1
#define LWIP_ICMP 1
/* TCP fits its segments to the path, and nothing here sends larger datagrams: no reassembly, no buffers
 * for it. */
#define IP_REASSEMBLY 0
#define IP_FRAG       0
#define IP_FORWARD    0

/* Neighbours. Each client on the local network needs one; with fewer entries than clients, every second
 * answer would wait for an ARP reply. 24 bytes each, static. */
#ifndef ARP_TABLE_SIZE
#define ARP_TABLE_SIZE 80
#endif
/* Packets that wait for an address to be resolved, the newest, so many for each address and for all. With ARP_QUEUEING=0 only one does: of
 * clients that connect to one server at the same time all but the last would wait 3 s, until TCP sends the SYN again. */
#define ARP_QUEUEING       1
#define ARP_QUEUE_LEN      8
#define MEMP_NUM_ARP_QUEUE 16

/* Host names, for clients. The feature `dns` of lwip-sys sets it: 5 KB of flash with UDP, 0.8 KB of static RAM, and a timer
 * of one second that never rests. */
#ifndef LWIP_DNS
#define LWIP_DNS 0
#endif
/* Names that are being looked up or remembered for as long as their server said, and the longest of them. An entry is
 * 28 bytes and the name, static. */
#ifndef DNS_TABLE_SIZE
#define DNS_TABLE_SIZE 4
#endif
#ifndef DNS_MAX_NAME_LENGTH
#define DNS_MAX_NAME_LENGTH 128
#endif

/* The address of an interface, its router and name servers, from the network (RFC 2131). The feature `dhcp` of lwip-sys sets it:
 * 7 KB of flash with UDP, 6 KB beside DNS, 250 bytes of heap, and a timer of half a second that never rests. */
#ifndef LWIP_DHCP
#define LWIP_DHCP 0
#endif
#if LWIP_DHCP
/* Who waits for an address need not look again and again: the task that serves is woken. */
#define LWIP_NETIF_STATUS_CALLBACK 1
/* The name that routers list the device by. With one of 63 bytes a request is longer than lwIP's 68 bytes of options. */
#define LWIP_NETIF_HOSTNAME 1
#define DHCP_OPTIONS_LEN    96
/* Has somebody the address all the same that the server offers (RFC 2131 section 4.4.1)? The device asks, and waits for an answer: 5 to
 * 9 seconds until it has an address, with lwIP 2.1 one. With 0 it takes the server's word, at once. */
#ifndef LWIP_DHCP_DOES_ACD_CHECK
#define LWIP_DHCP_DOES_ACD_CHECK 1
#endif
/* lwIP 2.1's name for that. */
#define DHCP_DOES_ARP_CHECK LWIP_DHCP_DOES_ACD_CHECK
#endif

/* The time from a server (RFC 4330), for a device without a clock of its own that checks the dates of certificates. The feature `sntp` of
 * lwip-sys sets it: 1 KB of flash beside DNS. Nobody proves who the server is. */
#ifndef LWIP_SNTP
#define LWIP_SNTP 0
#endif
#if LWIP_SNTP
#define SNTP_SERVER_DNS              1
#define SNTP_SET_SYSTEM_TIME(second) lwip_port_set_unix_time(second)
/* Only the server that was asked can answer, and only what it was asked: a question has a random number in the place of our time, which
 * nobody off the path knows. */
#define SNTP_CHECK_RESPONSE 2
#define SNTP_GET_SYSTEM_TIME_NTP(second, fraction) \
    do { (second) = (s32_t)LWIP_RAND(); (fraction) = LWIP_RAND(); } while (0)
/* At once. Later questions come once an hour; without an answer after 15 seconds, then after longer and longer, 150 at last. */
#define SNTP_STARTUP_DELAY 0
/* One for the answer, one for the next question, beside those that lwIP counts itself. */
#define MEMP_NUM_SYS_TIMEOUT (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 2)
#endif

/* For DNS, DHCP and SNTP. Every query of DNS has its own port, drawn at random, beside the random identifier: an answer is hard to forge
 * from off the path. The port is a PCB, which exists while the query does. The others have one each. */
#ifndef LWIP_UDP
#define LWIP_UDP (LWIP_DNS || LWIP_DHCP || LWIP_SNTP)
#endif
#define MEMP_NUM_UDP_PCB (LWIP_DNS * DNS_TABLE_SIZE + LWIP_DHCP + LWIP_SNTP)
#define LWIP_RAW 0

/* A frame may leave as a chain of pbufs: the device gathers it, nothing is copied. A driver that can send
 * only one piece copies, or sets this to 1. */
#ifndef LWIP_NETIF_TX_SINGLE_PBUF
#define LWIP_NETIF_TX_SINGLE_PBUF 0
#endif

/* Checksums in software. A MAC that makes or checks them takes these over, one by one. */
#ifndef CHECKSUM_GEN_IP
#define CHECKSUM_GEN_IP 1
#endif
#ifndef CHECKSUM_GEN_TCP
#define CHECKSUM_GEN_TCP 1
#endif
#ifndef CHECKSUM_GEN_ICMP
#define CHECKSUM_GEN_ICMP 1
#endif
#ifndef CHECKSUM_GEN_ICMP6
#define CHECKSUM_GEN_ICMP6 1
#endif
#ifndef CHECKSUM_CHECK_IP
#define CHECKSUM_CHECK_IP 1
#endif
#ifndef CHECKSUM_CHECK_TCP
#define CHECKSUM_CHECK_TCP 1
#endif
#ifndef CHECKSUM_CHECK_ICMP
#define CHECKSUM_CHECK_ICMP 1
#endif
#ifndef CHECKSUM_CHECK_ICMP6
#define CHECKSUM_CHECK_ICMP6 1
#endif

/* ---- IPv6 --------------------------------------------------------------------------------------------- */

/* The feature `ipv6` of lwip-sys sets it. 15 KB of flash, 4.3 KB of static RAM, most of it for
 * neighbours, and 40 bytes more in each PCB. */
#ifndef LWIP_IPV6
#define LWIP_IPV6 0
#endif
#if LWIP_IPV6
/* Addresses from router advertisements (RFC 4862), not from DHCPv6. */
#define LWIP_IPV6_AUTOCONFIG 1
#define LWIP_IPV6_DHCP6      0
/* Neighbour discovery joins solicited-node multicast groups: one for each address. */
#define LWIP_ICMP6          1
#define LWIP_IPV6_MLD       1
#define MEMP_NUM_MLD6_GROUP 4
/* As for IPv4. */
#define LWIP_IPV6_REASS   0
#define LWIP_IPV6_FRAG    0
#define LWIP_IPV6_FORWARD 0
/* Neighbours as in ARP: one for each client on the local network. 44 bytes, static. Packets that wait, too: three for each. */
#define LWIP_ND6_NUM_NEIGHBORS 80
#define LWIP_ND6_QUEUEING      1
#define MEMP_NUM_ND6_QUEUE     16
#endif

/* ---- Hooks, counters, messages ------------------------------------------------------------------------ */

/* Initial sequence numbers that an attacker off the path cannot guess (RFC 6528). */
#define LWIP_HOOK_FILENAME "lwip_port_hooks.h"

/* Counters of lwIP's heap use and of errors, for LWIP_DEFINES=LWIP_STATS=1: 1 KB of flash, 0.3 KB of RAM. */
#ifndef LWIP_STATS
#define LWIP_STATS 0
#endif
#if LWIP_STATS
#define MEM_STATS  1
#define MEMP_STATS 1
#endif

/* LWIP_DEFINES="LWIP_DEBUG TCP_DEBUG=LWIP_DBG_ON" turns messages of one module on; they arrive in the
 * crate log. */

#endif /* LWIPOPTS_H */

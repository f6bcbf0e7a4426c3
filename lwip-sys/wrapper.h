/*
 * What bindgen reads: lwIP's raw API, its macros as functions, and the configuration as constants.
 *
 * A function named like a macro is declared with its name in parentheses, which keeps the preprocessor
 * away from it; its body is the macro. So Rust sees lwIP's own names, whatever the configuration makes of
 * them.
 */
#ifndef LWIP_SYS_WRAPPER_H
#define LWIP_SYS_WRAPPER_H

#include <stddef.h>
#include <string.h>

#include "lwip/apps/sntp.h"
#include "lwip/dhcp.h"
#include "lwip/dns.h"
#include "lwip/err.h"
#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/init.h"
#include "lwip/ip.h"
#include "lwip/ip_addr.h"
#include "lwip/netif.h"
#include "lwip/opt.h"
#include "lwip/pbuf.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/stats.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"
#include "lwip/udp.h"
#include "netif/ethernet.h"
#if !NO_SYS
#include "lwip/priv/tcpip_priv.h"
#include "lwip/tcpip.h"
#endif

/* ---- The core context, with NO_SYS=0 -------------------------------------------------------------------- */

#if !NO_SYS && LWIP_TCPIP_CORE_LOCKING
static inline void (LOCK_TCPIP_CORE)(void) { LOCK_TCPIP_CORE(); }
static inline void (UNLOCK_TCPIP_CORE)(void) { UNLOCK_TCPIP_CORE(); }
#endif

/* ---- TCP ---------------------------------------------------------------------------------------------- */

static inline u16_t (tcp_mss)(const struct tcp_pcb *pcb) { return (u16_t)tcp_mss(pcb); }
static inline u16_t (tcp_sndbuf)(const struct tcp_pcb *pcb) { return tcp_sndbuf(pcb); }
static inline u16_t (tcp_sndqueuelen)(const struct tcp_pcb *pcb) { return tcp_sndqueuelen(pcb); }
static inline void (tcp_nagle_disable)(struct tcp_pcb *pcb) { tcp_nagle_disable(pcb); }
static inline void (tcp_nagle_enable)(struct tcp_pcb *pcb) { tcp_nagle_enable(pcb); }
static inline int (tcp_nagle_disabled)(const struct tcp_pcb *pcb) { return tcp_nagle_disabled(pcb); }

/*
 * Bytes that tcp_write would copy in one call, memory permitting: what the send buffer has room for, in as many
 * pbufs as may still be queued, one for each segment.
 *
 * A segment has half of the peer's largest window at most, or the MSS as long as there was none; and the MSS is
 * the peer's when it answers our SYN. So segments become shorter when a peer that began with a closed window
 * opens it a little. If the last one that waits is longer, an assertion of tcp_write ("mss_local is too small")
 * would let that peer end the program; and so would one about what is set aside behind that segment ("inconsistent
 * oversize vs. space"), without which tcp_write would go on to take the end of what it has not copied for such room.
 * In both cases there is none until the segment is sent.
 */
static inline u16_t tcp_write_room(const struct tcp_pcb *pcb)
{
  const struct tcp_seg *last = pcb->unsent;
  u32_t longest = LWIP_MIN(pcb->mss, pcb->snd_wnd_max / 2);
  u32_t options = 0, room = 0, pbufs = 0;

  if (longest == 0) {
    longest = pcb->mss;
  }
#if LWIP_TCP_TIMESTAMPS
  if (pcb->flags & TF_TIMESTAMP) {
    options = LWIP_TCP_OPT_LENGTH(TF_SEG_OPTS_TS);
    longest = LWIP_MAX(longest, options + 1);
  }
#endif
  if (pcb->snd_queuelen < TCP_SND_QUEUELEN) {
    pbufs = (u32_t)(TCP_SND_QUEUELEN - pcb->snd_queuelen);
  }
  if (last != NULL && pbufs > 0) {
    u32_t used;
    while (last->next != NULL) {
      last = last->next;
    }
    used = (u32_t)last->len + LWIP_TCP_OPT_LENGTH(last->flags);
    if (used > longest) {
      return 0;
    }
#if TCP_OVERSIZE
    if (pcb->unsent_oversize > longest - used) {
      return 0;
    }
#endif
    room = longest - used;
    pbufs--;
  }
  room += pbufs * (longest - options);
  return (u16_t)LWIP_MIN(room, tcp_sndbuf(pcb));
}

/* Whether more than half of the segments are in use, so that who has many should leave the others to those who have few. lwIP's own pools
 * do not tell. */
#if LWIP_PORT_MEMP
int lwip_port_segments_are_short(void);
static inline int tcp_segments_are_short(void) { return lwip_port_segments_are_short(); }
#else
static inline int tcp_segments_are_short(void) { return 0; }
#endif

/* On a listening PCB. Nothing without TCP_LISTEN_BACKLOG. */
static inline void (tcp_backlog_set)(struct tcp_pcb *pcb, u8_t backlog)
{
  LWIP_UNUSED_ARG(pcb);
  LWIP_UNUSED_ARG(backlog);
  tcp_backlog_set(pcb, backlog);
}

#if !TCP_LISTEN_BACKLOG
static inline void (tcp_backlog_delayed)(struct tcp_pcb *pcb) { LWIP_UNUSED_ARG(pcb); }
static inline void (tcp_backlog_accepted)(struct tcp_pcb *pcb) { LWIP_UNUSED_ARG(pcb); }
#endif

/* Options of a PCB, SOF_*. */
static inline int (ip_get_option)(const struct tcp_pcb *pcb, u8_t opt) { return ip_get_option(pcb, opt); }
static inline void (ip_set_option)(struct tcp_pcb *pcb, u8_t opt) { ip_set_option(pcb, opt); }
static inline void (ip_reset_option)(struct tcp_pcb *pcb, u8_t opt) { ip_reset_option(pcb, opt); }

/* Probes the peer after `idle_ms` of silence, then every `interval_ms`; `count` unanswered probes end the
 * connection. Without LWIP_TCP_KEEPALIVE, interval and count are those of TCP_KEEPINTVL and
 * TCP_KEEPCNT_DEFAULT. */
static inline void tcp_keepalive_enable(struct tcp_pcb *pcb, u32_t idle_ms, u32_t interval_ms, u32_t count)
{
  pcb->keep_idle = idle_ms;
#if LWIP_TCP_KEEPALIVE
  pcb->keep_intvl = interval_ms;
  pcb->keep_cnt = count;
#else
  LWIP_UNUSED_ARG(interval_ms);
  LWIP_UNUSED_ARG(count);
#endif
  ip_set_option(pcb, SOF_KEEPALIVE);
}

static inline void tcp_keepalive_disable(struct tcp_pcb *pcb) { ip_reset_option(pcb, SOF_KEEPALIVE); }

/* ---- Addresses ---------------------------------------------------------------------------------------- */

static inline int (IP_IS_V4)(const ip_addr_t *address) { LWIP_UNUSED_ARG(address); return IP_IS_V4(address); }
static inline int (IP_IS_V6)(const ip_addr_t *address) { LWIP_UNUSED_ARG(address); return IP_IS_V6(address); }
static inline int (ip_addr_isany)(const ip_addr_t *address) { return ip_addr_isany(address); }
static inline int (ip_addr_isloopback)(const ip_addr_t *address) { return ip_addr_isloopback(address); }
static inline int (ip_addr_islinklocal)(const ip_addr_t *address) { return ip_addr_islinklocal(address); }
static inline int (ip_addr_ismulticast)(const ip_addr_t *address) { return ip_addr_ismulticast(address); }
static inline int (ip_addr_cmp)(const ip_addr_t *a, const ip_addr_t *b) { return ip_addr_cmp(a, b); }

#if LWIP_IPV4
static inline const ip4_addr_t *(ip_2_ip4)(const ip_addr_t *address) { return ip_2_ip4(address); }
#endif
#if LWIP_IPV6
static inline const ip6_addr_t *(ip_2_ip6)(const ip_addr_t *address) { return ip_2_ip6(address); }
#endif

/* What a listener of every address and family binds to. */
static inline const ip_addr_t *ip_any_type(void) { return IP_ANY_TYPE; }

/* Writes the address in network byte order and returns its length: 4 or 16. */
static inline u8_t ip_addr_octets(const ip_addr_t *address, u8_t octets[16])
{
#if LWIP_IPV6
  if (IP_IS_V6(address)) {
    memcpy(octets, ip_2_ip6(address)->addr, 16);
    return 16;
  }
#endif
#if LWIP_IPV4
  memcpy(octets, &ip_2_ip4(address)->addr, 4);
  return 4;
#else
  return 0;
#endif
}

/* Reads an address of 4 or 16 octets in network byte order, without a zone. ERR_VAL: lwIP was built without
 * that family, or there is none with that length. */
static inline err_t ip_addr_set_octets(ip_addr_t *address, const u8_t *octets, u8_t length)
{
  memset(address, 0, sizeof *address);
#if LWIP_IPV4
  if (length == 4) {
    memcpy(ip_2_ip4(address), octets, 4);
    IP_SET_TYPE(address, IPADDR_TYPE_V4);
    return ERR_OK;
  }
#endif
#if LWIP_IPV6
  if (length == 16) {
    memcpy(ip_2_ip6(address)->addr, octets, 16);
    IP_SET_TYPE(address, IPADDR_TYPE_V6);
    return ERR_OK;
  }
#endif
  LWIP_UNUSED_ARG(octets);
  LWIP_UNUSED_ARG(length);
  return ERR_VAL;
}

/* ---- Interfaces --------------------------------------------------------------------------------------- */

static inline u8_t (netif_is_up)(const struct netif *netif) { return netif_is_up(netif); }
static inline u8_t (netif_is_link_up)(const struct netif *netif) { return netif_is_link_up(netif); }
static inline u8_t (netif_get_index)(const struct netif *netif) { return netif_get_index(netif); }

#if LWIP_IPV4
static inline const ip4_addr_t *(netif_ip4_addr)(const struct netif *n) { return netif_ip4_addr(n); }
static inline const ip4_addr_t *(netif_ip4_netmask)(const struct netif *n) { return netif_ip4_netmask(n); }
static inline const ip4_addr_t *(netif_ip4_gw)(const struct netif *n) { return netif_ip4_gw(n); }
static inline const ip_addr_t *(netif_ip_addr4)(const struct netif *n) { return netif_ip_addr4(n); }
#if LWIP_ARP
static inline err_t (etharp_gratuitous)(struct netif *netif) { return etharp_gratuitous(netif); }
#endif
#endif

#if LWIP_IPV6
/* Of the address with index i. */
static inline const ip_addr_t *(netif_ip_addr6)(const struct netif *n, s8_t i) { return netif_ip_addr6(n, i); }
static inline const ip6_addr_t *(netif_ip6_addr)(const struct netif *n, s8_t i) { return netif_ip6_addr(n, i); }
static inline u8_t (netif_ip6_addr_state)(const struct netif *n, s8_t i) { return netif_ip6_addr_state(n, i); }
#if LWIP_IPV6_AUTOCONFIG
static inline void (netif_set_ip6_autoconfig_enabled)(struct netif *netif, u8_t enabled)
{
  netif_set_ip6_autoconfig_enabled(netif, enabled);
}
#endif
#endif

/* ---- Configuration ------------------------------------------------------------------------------------ */

/* The two ways to replace lwIP's heap, as one fact. */
#if MEM_LIBC_MALLOC || (defined MEM_CUSTOM_ALLOCATOR && MEM_CUSTOM_ALLOCATOR)
#define LWIP_SYS_HEAP_IS_MALLOC 1
#else
#define LWIP_SYS_HEAP_IS_MALLOC 0
#endif

/* Set by a lwipopts.h that wants port/memp.c. */
#ifndef LWIP_PORT_MEMP
#define LWIP_PORT_MEMP 0
#endif

/* lwIP has no switch for its SNTP client, which is an application: this is ours. */
#ifndef LWIP_SNTP
#define LWIP_SNTP 0
#endif

#ifdef LWIP_NOASSERT
#define LWIP_SYS_ASSERTS 0
#else
#define LWIP_SYS_ASSERTS 1
#endif

/* Each becomes a Rust constant without the prefix, and DEP_LWIP_<name> for dependents' build scripts. */
enum lwip_option {
  OPTION_LWIP_VERSION_MAJOR = LWIP_VERSION_MAJOR,
  OPTION_LWIP_VERSION_MINOR = LWIP_VERSION_MINOR,
  OPTION_LWIP_VERSION_REVISION = LWIP_VERSION_REVISION,

  OPTION_NO_SYS = NO_SYS,
  OPTION_LWIP_TCPIP_CORE_LOCKING = !NO_SYS && LWIP_TCPIP_CORE_LOCKING,
  OPTION_SYS_LIGHTWEIGHT_PROT = SYS_LIGHTWEIGHT_PROT,
  OPTION_LWIP_ASSERTS = LWIP_SYS_ASSERTS,
  OPTION_LWIP_STATS = LWIP_STATS,

  OPTION_LWIP_IPV4 = LWIP_IPV4,
  OPTION_LWIP_IPV6 = LWIP_IPV6,
  OPTION_ETH_PAD_SIZE = ETH_PAD_SIZE,
  OPTION_LWIP_ARP = LWIP_ARP,
  OPTION_ARP_TABLE_SIZE = ARP_TABLE_SIZE,

  OPTION_MEM_IS_MALLOC = LWIP_SYS_HEAP_IS_MALLOC,
  OPTION_MEM_ALIGNMENT = MEM_ALIGNMENT,
  OPTION_MEMP_MEM_MALLOC = MEMP_MEM_MALLOC,
  OPTION_LWIP_PORT_MEMP = LWIP_PORT_MEMP,
  OPTION_MEMP_NUM_TCP_PCB = MEMP_NUM_TCP_PCB,
  OPTION_MEMP_NUM_TCP_PCB_LISTEN = MEMP_NUM_TCP_PCB_LISTEN,
  OPTION_MEMP_NUM_TCP_SEG = MEMP_NUM_TCP_SEG,
  OPTION_MEMP_NUM_PBUF = MEMP_NUM_PBUF,
  OPTION_PBUF_POOL_SIZE = PBUF_POOL_SIZE,
  OPTION_PBUF_POOL_BUFSIZE = PBUF_POOL_BUFSIZE,

  OPTION_TCP_MSS = TCP_MSS,
  OPTION_TCP_WND = TCP_WND,
  OPTION_TCP_SND_BUF = TCP_SND_BUF,
  OPTION_TCP_SND_QUEUELEN = TCP_SND_QUEUELEN,
  OPTION_TCP_OVERSIZE = TCP_OVERSIZE,
  OPTION_TCP_MSL = TCP_MSL,
  OPTION_TCP_TMR_INTERVAL = TCP_TMR_INTERVAL,
  OPTION_TCP_QUEUE_OOSEQ = TCP_QUEUE_OOSEQ,
  OPTION_TCP_OOSEQ_MAX_BYTES = TCP_OOSEQ_MAX_BYTES,
  OPTION_TCP_OOSEQ_MAX_PBUFS = TCP_OOSEQ_MAX_PBUFS,
  OPTION_TCP_LISTEN_BACKLOG = TCP_LISTEN_BACKLOG,
  OPTION_TCP_DEFAULT_LISTEN_BACKLOG = TCP_DEFAULT_LISTEN_BACKLOG,
  OPTION_LWIP_TCP_KEEPALIVE = LWIP_TCP_KEEPALIVE,
  OPTION_LWIP_CALLBACK_API = LWIP_CALLBACK_API,

  OPTION_LWIP_DHCP = LWIP_DHCP,
  OPTION_LWIP_NETIF_STATUS_CALLBACK = LWIP_NETIF_STATUS_CALLBACK,
  OPTION_LWIP_SNTP = LWIP_SNTP,
  OPTION_LWIP_DNS = LWIP_DNS,
  OPTION_DNS_TABLE_SIZE = DNS_TABLE_SIZE,
  OPTION_DNS_MAX_NAME_LENGTH = DNS_MAX_NAME_LENGTH,
  OPTION_DNS_MAX_SERVERS = DNS_MAX_SERVERS,

  /* Layout: build/compile.rs proves that the C compiler agrees. */
  OPTION_SIZEOF_TCP_PCB = sizeof(struct tcp_pcb),
  OPTION_SIZEOF_TCP_PCB_LISTEN = sizeof(struct tcp_pcb_listen),
  OPTION_SIZEOF_TCP_SEG = sizeof(struct tcp_seg),
  OPTION_SIZEOF_PBUF = sizeof(struct pbuf),
  OPTION_SIZEOF_NETIF = sizeof(struct netif),
  OPTION_SIZEOF_IP_ADDR = sizeof(ip_addr_t),
  OPTION_OFFSETOF_TCP_PCB_STATE = offsetof(struct tcp_pcb, state),
  OPTION_OFFSETOF_TCP_PCB_LOCAL_PORT = offsetof(struct tcp_pcb, local_port),
  OPTION_OFFSETOF_TCP_PCB_KEEP_IDLE = offsetof(struct tcp_pcb, keep_idle),
  OPTION_OFFSETOF_PBUF_LEN = offsetof(struct pbuf, len),
  OPTION_OFFSETOF_PBUF_FLAGS = offsetof(struct pbuf, flags),
  OPTION_OFFSETOF_NETIF_INPUT = offsetof(struct netif, input),
  OPTION_OFFSETOF_NETIF_STATE = offsetof(struct netif, state),
  OPTION_OFFSETOF_NETIF_HWADDR = offsetof(struct netif, hwaddr),
  OPTION_OFFSETOF_NETIF_FLAGS = offsetof(struct netif, flags)
};

#endif /* LWIP_SYS_WRAPPER_H */

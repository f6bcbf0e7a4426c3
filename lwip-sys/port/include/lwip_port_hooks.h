/* LWIP_HOOK_FILENAME: the hooks that this port fills. */
#ifndef LWIP_PORT_HOOKS_H
#define LWIP_PORT_HOOKS_H

#include "lwip/ip_addr.h"

/* src/port/random.rs: an initial sequence number after RFC 6528. */
u32_t lwip_port_tcp_isn(const ip_addr_t *local_ip, u16_t local_port, const ip_addr_t *remote_ip,
                        u16_t remote_port);
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) \
  lwip_port_tcp_isn(local_ip, local_port, remote_ip, remote_port)

/* port/early_fin.c: called with each segment that leaves; those with a FIN are looked at. */
struct pbuf;
struct tcp_hdr;
struct tcp_pcb;
void lwip_port_drop_early_fin(const struct pbuf *segment, struct tcp_hdr *header, const struct tcp_pcb *pcb);
#define LWIP_HOOK_TCP_OUT_ADD_TCPOPTS(segment, header, pcb, options) \
  (((TCPH_FLAGS(header) & TCP_FIN) ? lwip_port_drop_early_fin(segment, header, pcb) : (void)0), (options))

#endif /* LWIP_PORT_HOOKS_H */

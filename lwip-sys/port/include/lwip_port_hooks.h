/* LWIP_HOOK_FILENAME: the hooks that this port fills. */
#ifndef LWIP_PORT_HOOKS_H
#define LWIP_PORT_HOOKS_H

#include "lwip/ip_addr.h"

/* src/sequence_number.rs: an initial sequence number after RFC 6528. */
u32_t wm_tcp_isn(const ip_addr_t *local_ip, u16_t local_port, const ip_addr_t *remote_ip, u16_t remote_port);
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) \
  wm_tcp_isn(local_ip, local_port, remote_ip, remote_port)

#endif /* LWIP_PORT_HOOKS_H */

/*
 * Initial sequence numbers that nobody can guess (RFC 6528), for an lwIP that comes with the firmware. In its lwipopts.h:
 *
 *   #define LWIP_HOOK_FILENAME "wm_tcp_isn.h"
 *
 * or, where the firmware has a file of hooks already, there: #include "wm_tcp_isn.h". Without a hook lwIP counts: whoever has connected once
 * knows the numbers of everybody else's connections, and can end them, or speak in their names, without seeing them.
 */
#ifndef WM_TCP_ISN_H
#define WM_TCP_ISN_H

#include <stdint.h>

#include "lwip/ip_addr.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A keyed hash of both ends, plus the clock; the key comes from the platform's entropy, once. */
uint32_t wm_tcp_isn(const ip_addr_t *local_ip, uint16_t local_port, const ip_addr_t *remote_ip, uint16_t remote_port);

#define LWIP_HOOK_TCP_ISN wm_tcp_isn

#ifdef __cplusplus
}
#endif

#endif

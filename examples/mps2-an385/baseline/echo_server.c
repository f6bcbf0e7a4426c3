/*
 * The echo server of lwIP's contrib, unchanged but for Nagle's algorithm, which a server that answers at once turns off.
 */
#include "lwip/tcp.h"

static void set_priority_without_nagle(struct tcp_pcb *pcb, u8_t priority)
{
  tcp_setprio(pcb, priority);
  tcp_nagle_disable(pcb);
}

#define tcp_setprio set_priority_without_nagle
#include "tcpecho_raw.c"

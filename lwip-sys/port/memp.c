/*
 * lwIP's pools on the one heap, with their bounds. Compiled instead of lwIP's core/memp.c if lwipopts.h
 * defines LWIP_PORT_MEMP.
 *
 * lwIP's own choice is between pools that occupy all their memory from the start (MEMP_MEM_MALLOC=0) and
 * a heap without any bound (MEMP_MEM_MALLOC=1). The latter disarms lwIP's reclaiming: tcp_alloc gives up
 * the oldest connection in TIME_WAIT, then LAST_ACK, then CLOSING, then one of lower priority, only when
 * a PCB cannot be had, which would mean when connections that are over have eaten the heap. Here an
 * element costs heap only while it is used, and MEMP_NUM_* still holds.
 *
 * Timers are the exception: lwIP re-arms them by freeing and allocating one, and a timer that cannot be
 * had is lost for good (an assertion says so). A peer that fills the heap must not stop TCP's clock, so
 * they are static.
 *
 * So are the first few segments, for speed: each write allocates one and each acknowledgement frees it, of
 * 16 bytes, and the heap takes a hundred instructions or more for that. Those that are under way at the
 * same time beyond LWIP_PORT_STATIC_SEGMENTS are on the heap.
 *
 * Segments have one pool, for what is sent and for what came ahead of a gap (TCP_QUEUE_OOSEQ). The latter is a luxury, which peers
 * would send again; when the pool is used up it makes way, else some fifty connections could keep everybody else from being sent anything.
 */
#include "lwip/opt.h"

#if !MEMP_MEM_MALLOC
#error "LWIP_PORT_MEMP takes pool elements from the heap: it needs MEMP_MEM_MALLOC=1"
#endif
#if MEMP_OVERFLOW_CHECK
#error "LWIP_PORT_MEMP has no MEMP_OVERFLOW_CHECK: use the checks of the heap"
#endif

#include "lwip/altcp.h"
#include "lwip/dns.h"
#include "lwip/etharp.h"
#include "lwip/igmp.h"
#include "lwip/ip4_frag.h"
#include "lwip/ip6_frag.h"
#include "lwip/memp.h"
#include "lwip/mld6.h"
#include "lwip/pbuf.h"
#include "lwip/priv/nd6_priv.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/priv/tcpip_priv.h"
#include "lwip/raw.h"
#include "lwip/stats.h"
#include "lwip/sys.h"
#include "lwip/tcp.h"
#include "lwip/timeouts.h"
#include "lwip/udp.h"
#include "netif/ppp/ppp_opts.h" /* PPP's share of MEMP_NUM_SYS_TIMEOUT */

#ifndef LWIP_PORT_STATIC_SEGMENTS
#define LWIP_PORT_STATIC_SEGMENTS 4
#endif

#define LWIP_MEMPOOL(name, num, size, desc) LWIP_MEMPOOL_DECLARE(name, num, size, desc)
#include "lwip/priv/memp_std.h"

const struct memp_desc *const memp_pools[MEMP_MAX] = {
#define LWIP_MEMPOOL(name, num, size, desc) &memp_##name,
#include "lwip/priv/memp_std.h"
};

static const u16_t bounds[MEMP_MAX] = {
#define LWIP_MEMPOOL(name, num, size, desc) (num),
#include "lwip/priv/memp_std.h"
};

static u16_t used[MEMP_MAX];

static struct sys_timeo timers[MEMP_NUM_SYS_TIMEOUT];
static u8_t timer_used[MEMP_NUM_SYS_TIMEOUT];

#if LWIP_PORT_STATIC_SEGMENTS
static struct tcp_seg segments[LWIP_PORT_STATIC_SEGMENTS];
static u8_t segment_used[LWIP_PORT_STATIC_SEGMENTS];
#endif

#if MEMP_STATS
static void count(const struct memp_desc *desc, u16_t in_use)
{
  desc->stats->used = in_use;
  desc->stats->max = LWIP_MAX(desc->stats->max, in_use);
}
#define COUNT(desc, in_use) count(desc, in_use)
#define COUNT_FAILURE(desc) ((desc)->stats->err++)
#else
#define COUNT(desc, in_use)
#define COUNT_FAILURE(desc)
#endif

void memp_init_pool(const struct memp_desc *desc)
{
  LWIP_UNUSED_ARG(desc);
}

void memp_init(void)
{
#if MEMP_STATS
  int type;
  for (type = 0; type < MEMP_MAX; type++) {
    memp_pools[type]->stats->avail = bounds[type];
    lwip_stats.memp[type] = memp_pools[type]->stats;
  }
#endif
}

/* The first of so many that is not used, which it is from now on; -1: all are. */
static int take_first(u8_t *is_used, int number)
{
  int i;
  for (i = 0; i < number; i++) {
    if (!is_used[i]) {
      is_used[i] = 1;
      return i;
    }
  }
  return -1;
}

static void *take_timer(void)
{
  int i = take_first(timer_used, MEMP_NUM_SYS_TIMEOUT);
  return i < 0 ? NULL : &timers[i];
}

#if LWIP_PORT_STATIC_SEGMENTS
static void *take_segment(void)
{
  int i = take_first(segment_used, LWIP_PORT_STATIC_SEGMENTS);
  return i < 0 ? mem_malloc(sizeof(struct tcp_seg)) : &segments[i];
}

static void give_back_segment(struct tcp_seg *segment)
{
  mem_ptr_t offset = (mem_ptr_t)segment - (mem_ptr_t)segments;
  if (offset < sizeof(segments)) {
    segment_used[offset / sizeof(segments[0])] = 0;
  } else {
    mem_free(segment);
  }
}
#endif

static void *take(memp_t type)
{
  switch (type) {
    case MEMP_SYS_TIMEOUT:
      return take_timer();
#if LWIP_PORT_STATIC_SEGMENTS
    case MEMP_TCP_SEG:
      return take_segment();
#endif
    default:
      return mem_malloc(memp_pools[type]->size);
  }
}

static void give_back(memp_t type, void *element)
{
  switch (type) {
    case MEMP_SYS_TIMEOUT:
      timer_used[(struct sys_timeo *)element - timers] = 0;
      break;
#if LWIP_PORT_STATIC_SEGMENTS
    case MEMP_TCP_SEG:
      give_back_segment((struct tcp_seg *)element);
      break;
#endif
    default:
      mem_free(element);
  }
}

/* Room in the pool is reserved before the heap is asked, so that an interrupt cannot take the last one
 * twice. */
static int reserve(memp_t type)
{
  int room;
  SYS_ARCH_DECL_PROTECT(level);
  SYS_ARCH_PROTECT(level);
  room = used[type] < bounds[type];
  used[type] = (u16_t)(used[type] + room);
  COUNT(memp_pools[type], used[type]);
  SYS_ARCH_UNPROTECT(level);
  return room;
}

static void release(memp_t type)
{
  SYS_ARCH_DECL_PROTECT(level);
  SYS_ARCH_PROTECT(level);
  used[type]--;
  COUNT(memp_pools[type], used[type]);
  SYS_ARCH_UNPROTECT(level);
}

static void *fail(memp_t type)
{
  COUNT_FAILURE(memp_pools[type]);
  LWIP_DEBUGF(MEMP_DEBUG | LWIP_DBG_LEVEL_SERIOUS, ("memp_malloc: out of memory in pool %d\n", (int)type));
  LWIP_UNUSED_ARG(type);
  return NULL;
}

#if LWIP_TCP && TCP_QUEUE_OOSEQ
/* Gives up what one connection keeps out of order, but for the one that lwIP is reading a segment of: it may be walking that list. */
static int make_way(memp_t type)
{
  struct tcp_pcb *pcb;
  if (type != MEMP_TCP_SEG) {
    return 0;
  }
  for (pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
    if (pcb->ooseq != NULL && pcb != tcp_input_pcb) {
      tcp_free_ooseq(pcb);
      return 1;
    }
  }
  return 0;
}
#else
#define make_way(type) 0
#endif

/* Out of line: what is needed once in a while would cost each allocation registers to save. */
#ifdef __GNUC__
__attribute__((noinline))
#endif
static void *without_room(memp_t type)
{
  return make_way(type) ? memp_malloc(type) : fail(type);
}

void *memp_malloc(memp_t type)
{
  void *element;
  LWIP_ERROR("memp_malloc: type < MEMP_MAX", type < MEMP_MAX, return NULL;);
  if (!reserve(type)) {
    return without_room(type);
  }
  element = take(type);
  if (element == NULL) {
    release(type);
    return fail(type);
  }
  return element;
}

void memp_free(memp_t type, void *element)
{
  LWIP_ERROR("memp_free: type < MEMP_MAX", type < MEMP_MAX, return;);
  if (element != NULL) {
    give_back(type, element);
    release(type);
  }
}

/* Whether more than half of the segments are in use. */
int lwip_port_segments_are_short(void)
{
  return used[MEMP_TCP_SEG] > bounds[MEMP_TCP_SEG] / 2;
}

/* Private pools, made with LWIP_MEMPOOL_DECLARE outside lwIP's list: their bound is not recorded, as in
 * core/memp.c. */

void *memp_malloc_pool(const struct memp_desc *desc)
{
  return desc == NULL ? NULL : mem_malloc(desc->size);
}

void memp_free_pool(const struct memp_desc *desc, void *element)
{
  if (desc != NULL && element != NULL) {
    mem_free(element);
  }
}

/* lwIP with newlib, on this board. */
#ifndef ARCH_CC_H
#define ARCH_CC_H

#include <stddef.h>
#include <stdint.h>

#include "wm_checksum.h"
#include "wm_port.h"

void firmware_failed(const char *file, int line);

/* sys_arch.c: what nobody can guess. */
uint32_t sys_random(void);
#define LWIP_RAND() sys_random()

/* What is faster than lwIP's own. */
#define LWIP_CHKSUM wm_checksum
#define lwip_htons(number) __builtin_bswap16(number)
#define lwip_htonl(number) __builtin_bswap32(number)

#define LWIP_PLATFORM_DIAG(message)
#define LWIP_PLATFORM_ASSERT(message) firmware_failed(message, 0)

#endif

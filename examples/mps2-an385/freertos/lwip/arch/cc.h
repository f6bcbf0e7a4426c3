/* lwIP with newlib, on this board. */
#ifndef ARCH_CC_H
#define ARCH_CC_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "wm_port.h"

void firmware_failed(const char *file, int line);

#define LWIP_RAND() ((u32_t)rand())

#define LWIP_PLATFORM_DIAG(message)
#define LWIP_PLATFORM_ASSERT(message) firmware_failed(message, 0)

#endif

/* This project's port of lwIP: to newlib. */
#ifndef ARCH_CC_H
#define ARCH_CC_H

#include <stdlib.h>

#define LWIP_RAND() ((u32_t)rand())

#define LWIP_PLATFORM_DIAG(message)
#define LWIP_PLATFORM_ASSERT(message) abort()

#endif /* ARCH_CC_H */

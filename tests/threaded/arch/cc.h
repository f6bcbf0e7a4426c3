/* The port of a system with threads, declared only. */
#ifndef ARCH_CC_H
#define ARCH_CC_H

#include <limits.h>
#include <stdlib.h>
#include <sys/types.h>

#ifndef SSIZE_MAX
#define SSIZE_MAX LONG_MAX
#endif

#define LWIP_RAND() ((u32_t)rand())

#define LWIP_PLATFORM_DIAG(message)
#define LWIP_PLATFORM_ASSERT(message) abort()

#endif /* ARCH_CC_H */

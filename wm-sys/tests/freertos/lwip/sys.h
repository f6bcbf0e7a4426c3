/* What sys_arch.c needs of lwIP. */
#ifndef LWIP_SYS_H
#define LWIP_SYS_H

#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8_t;
typedef uint32_t u32_t;
typedef int8_t err_t;
typedef void (*lwip_thread_fn)(void *argument);

#define ERR_OK           0
#define ERR_MEM          -1
#define SYS_ARCH_TIMEOUT 0xffffffffUL
#define SYS_MBOX_EMPTY   SYS_ARCH_TIMEOUT

/* The template's. */
#include "arch/sys_arch.h"

#include "wm_port.h"

void firmware_failed(const char *file, int line);

uint32_t sys_random(void);
void sys_init(void);
u32_t sys_now(void);
sys_prot_t sys_arch_protect(void);
void sys_arch_unprotect(sys_prot_t state);
u32_t sys_arch_mbox_fetch(sys_mbox_t *mailbox, void **message, u32_t timeout);
u32_t sys_arch_sem_wait(sys_sem_t *semaphore, u32_t timeout);

#endif

/* What lwIP asks of this project's system. It is linked, not run: there is a clock, and nothing behind the rest. */
#include "lwip/sys.h"
#include "wm_osal.h"

u32_t sys_now(void) {
    return wm_os_internal_get_time_ms();
}

#if !NO_SYS

void sys_init(void) {
}

sys_prot_t sys_arch_protect(void) {
    return 0;
}

void sys_arch_unprotect(sys_prot_t level) {
    LWIP_UNUSED_ARG(level);
}

err_t sys_sem_new(sys_sem_t *semaphore, u8_t count) {
    LWIP_UNUSED_ARG(semaphore);
    LWIP_UNUSED_ARG(count);
    return ERR_MEM;
}

void sys_sem_signal(sys_sem_t *semaphore) {
    LWIP_UNUSED_ARG(semaphore);
}

u32_t sys_arch_sem_wait(sys_sem_t *semaphore, u32_t timeout) {
    LWIP_UNUSED_ARG(semaphore);
    LWIP_UNUSED_ARG(timeout);
    return SYS_ARCH_TIMEOUT;
}

void sys_sem_free(sys_sem_t *semaphore) {
    LWIP_UNUSED_ARG(semaphore);
}

err_t sys_mbox_new(sys_mbox_t *mailbox, int size) {
    LWIP_UNUSED_ARG(mailbox);
    LWIP_UNUSED_ARG(size);
    return ERR_MEM;
}

void sys_mbox_post(sys_mbox_t *mailbox, void *message) {
    LWIP_UNUSED_ARG(mailbox);
    LWIP_UNUSED_ARG(message);
}

err_t sys_mbox_trypost(sys_mbox_t *mailbox, void *message) {
    LWIP_UNUSED_ARG(mailbox);
    LWIP_UNUSED_ARG(message);
    return ERR_MEM;
}

err_t sys_mbox_trypost_fromisr(sys_mbox_t *mailbox, void *message) {
    return sys_mbox_trypost(mailbox, message);
}

u32_t sys_arch_mbox_fetch(sys_mbox_t *mailbox, void **message, u32_t timeout) {
    LWIP_UNUSED_ARG(mailbox);
    LWIP_UNUSED_ARG(message);
    LWIP_UNUSED_ARG(timeout);
    return SYS_ARCH_TIMEOUT;
}

u32_t sys_arch_mbox_tryfetch(sys_mbox_t *mailbox, void **message) {
    LWIP_UNUSED_ARG(mailbox);
    LWIP_UNUSED_ARG(message);
    return SYS_MBOX_EMPTY;
}

void sys_mbox_free(sys_mbox_t *mailbox) {
    LWIP_UNUSED_ARG(mailbox);
}

sys_thread_t sys_thread_new(const char *name, lwip_thread_fn thread, void *argument, int stacksize, int priority) {
    LWIP_UNUSED_ARG(name);
    LWIP_UNUSED_ARG(thread);
    LWIP_UNUSED_ARG(argument);
    LWIP_UNUSED_ARG(stacksize);
    LWIP_UNUSED_ARG(priority);
    return NULL;
}

#endif

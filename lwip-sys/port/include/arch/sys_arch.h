/*
 * Semaphores, mutexes, mailboxes and threads: what lwIP asks of a port with NO_SYS=0. With NO_SYS=1, where it runs in the
 * main loop, lwIP never includes this file.
 *
 * The functions are in src/port/threads, over the threads of the standard library: for a host. A firmware brings its own
 * (LWIP_PORT_DIR, or the feature `external`), and with them its own file of this name.
 */
#ifndef LWIP_SYS_ARCH_SYS_ARCH_H
#define LWIP_SYS_ARCH_SYS_ARCH_H

typedef struct lwip_port_semaphore *sys_sem_t;
typedef struct lwip_port_mutex *sys_mutex_t;
typedef struct lwip_port_mailbox *sys_mbox_t;
/* Threads are never joined, so their handle says no more than that there is one. */
typedef int sys_thread_t;

#define sys_sem_valid(semaphore)         (*(semaphore) != NULL)
#define sys_sem_set_invalid(semaphore)   (*(semaphore) = NULL)
#define sys_mutex_valid(mutex)           (*(mutex) != NULL)
#define sys_mutex_set_invalid(mutex)     (*(mutex) = NULL)
#define sys_mbox_valid(mailbox)          (*(mailbox) != NULL)
#define sys_mbox_set_invalid(mailbox)    (*(mailbox) = NULL)

#endif /* LWIP_SYS_ARCH_SYS_ARCH_H */

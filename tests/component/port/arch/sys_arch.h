/* The types of this project's system, as an RTOS has them. */
#ifndef ARCH_SYS_ARCH_H
#define ARCH_SYS_ARCH_H

typedef unsigned int sys_prot_t;
typedef void *sys_sem_t;
typedef void *sys_mutex_t;
typedef void *sys_mbox_t;
typedef void *sys_thread_t;

#define sys_sem_valid(semaphore)       (*(semaphore) != NULL)
#define sys_sem_set_invalid(semaphore) (*(semaphore) = NULL)
#define sys_mbox_valid(mailbox)        (*(mailbox) != NULL)
#define sys_mbox_set_invalid(mailbox)  (*(mailbox) = NULL)

#endif /* ARCH_SYS_ARCH_H */

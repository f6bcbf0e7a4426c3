/* lwIP's semaphores, mutexes and mailboxes are queues of FreeRTOS. */
#ifndef ARCH_SYS_ARCH_H
#define ARCH_SYS_ARCH_H

#include <stdint.h>

struct QueueDefinition;
struct tskTaskControlBlock;

typedef uint32_t sys_prot_t;
typedef struct QueueDefinition *sys_sem_t;
typedef struct QueueDefinition *sys_mutex_t;
typedef struct QueueDefinition *sys_mbox_t;
typedef struct tskTaskControlBlock *sys_thread_t;

#define sys_sem_valid(semaphore)       (*(semaphore) != NULL)
#define sys_sem_set_invalid(semaphore) (*(semaphore) = NULL)
#define sys_mutex_valid(mutex)         (*(mutex) != NULL)
#define sys_mutex_set_invalid(mutex)   (*(mutex) = NULL)
#define sys_mbox_valid(mailbox)        (*(mailbox) != NULL)
#define sys_mbox_set_invalid(mailbox)  (*(mailbox) = NULL)

/* Called by lwIP's thread when it starts; and before everything that only the core context may do. */
void sys_mark_core(void);
void sys_assert_core(const char *file, int line);

#endif
